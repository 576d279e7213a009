//! How identifiers and names look in the description of the interface (OpenAPI 3.1).

use std::borrow::Cow;

use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{
    AccountId, BillId, BillingMonth, ChangeId, Currency, CustomerId, Decision, DisputeId,
    DisputeOutcome, DisputeReason, InstructionId, MandateId, MeteringPointId, NoticeId, OrderId,
    OrderState, Right, Rights, ScheduleId, TariffId, UserId,
};

macro_rules! schema {
    ($($name:ident: $build:expr;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $build
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

schema! {
    AccountId: text("A contract account of the marketing system.", TEXT_ID, "C-1001");
    BillId: text("A bill of the marketing system.", TEXT_ID, "B-1001-202608");
    MandateId: text("A debit mandate.", TEXT_ID, "M-1001");
    MeteringPointId: text("A metering point of the marketing system.", TEXT_ID, "P-1001");
    TariffId: text("A tariff of the marketing system.", TEXT_ID, "T-1");
    ScheduleId: text("A time-of-use schedule of the marketing system.", TEXT_ID, "S-1");
    CustomerId: uuid("A customer.");
    UserId: uuid("A person who pays or looks on behalf of a customer.");
    OrderId: uuid("A payment order, named by the client that wrote it.");
    InstructionId: uuid("A standing instruction, named by the client that wrote it.");
    ChangeId: uuid("A change of own data, named by the client that wrote it.");
    DisputeId: uuid("A dispute of a bill, named by the client that wrote it.");
    NoticeId: uuid("A notice that was served to a customer.");
    BillingMonth: text("A billing month.", "^[0-9]{4}-(0[1-9]|1[0-2])$", "2026-08");
    Currency: text("A currency of ISO 4217.", "^[A-Z]{3}$", "CNY");
    OrderState: names("State of an order.", OrderState::ALL.map(OrderState::as_str));
    Decision: names("What a person decides on an order.", Decision::ALL.map(Decision::as_str));
    DisputeReason: names("Why a bill is disputed.", DisputeReason::ALL.iter().map(|one| one.as_str()));
    DisputeOutcome: names("What came of a dispute.", DisputeOutcome::ALL.iter().map(|one| one.as_str()));
    Right: names("What a user may do.", Right::ALL.map(Right::as_str));
    Rights: ArrayBuilder::new().items(Right::schema()).unique_items(true).into();
}

/// What the marketing system writes.
const TEXT_ID: &str = "^[A-Za-z0-9.-]{1,32}$";

fn text(what: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(what))
        .pattern(Some(pattern))
        .examples([example])
        .into()
}

fn uuid(what: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(what))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .into()
}

fn names(what: &str, names: impl IntoIterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(what))
        .enum_values(Some(names))
        .into()
}
