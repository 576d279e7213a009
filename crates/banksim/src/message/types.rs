//! The types of the two schemas, as far as direct debits and credit transfers use them. Elements
//! that only say more about what is known already (addresses, tax, contact details) are taken with
//! any content.

mod transfer;

use super::Kind;
use super::schema::Content::{Amount, Any, Choice, Sequence, Value};
use super::schema::{Content, Element, Facet, many, maybe, one, several};

/// What `Document` holds.
pub(super) const fn document(kind: Kind) -> Content {
    match kind {
        Kind::Collection => DOCUMENT,
        Kind::Transfer => transfer::DOCUMENT,
    }
}

const TEXT_34: Content = Value(Facet::Text(34));
const TEXT_35: Content = Value(Facet::Text(35));
const TEXT_70: Content = Value(Facet::Text(70));
const TEXT_140: Content = Value(Facet::Text(140));
const DATE: Content = Value(Facet::Date);
const BOOLEAN: Content = Value(Facet::Boolean);

/// A code of an external list of codes of up to `N` characters, or an own name.
const CODE_4_OR_OWN: &[Element] = &[one("Cd", Value(Facet::Text(4))), one("Prtry", TEXT_35)];
const CODE_5_OR_OWN: &[Element] = &[one("Cd", Value(Facet::Text(5))), one("Prtry", TEXT_35)];
const CODE_35_OR_OWN: &[Element] = &[one("Cd", TEXT_35), one("Prtry", TEXT_35)];

const DOCUMENT: Content = Sequence(&[one(
    "CstmrDrctDbtInitn",
    Sequence(&[
        one("GrpHdr", Sequence(GROUP_HEADER)),
        many("PmtInf", Sequence(PAYMENT)),
        several("SplmtryData", Any),
    ]),
)]);

const GROUP_HEADER: &[Element] = &[
    one("MsgId", TEXT_35),
    one("CreDtTm", Value(Facet::DateTime)),
    Element {
        max: 2,
        ..several("Authstn", Any)
    },
    one("NbOfTxs", Value(Facet::Digits(1, 15))),
    maybe("CtrlSum", Value(Facet::Decimal)),
    one("InitgPty", Sequence(PARTY)),
    maybe("FwdgAgt", Sequence(AGENT)),
];

const PAYMENT: &[Element] = &[
    one("PmtInfId", TEXT_35),
    one("PmtMtd", Value(Facet::OneOf(&["DD"]))),
    maybe("BtchBookg", BOOLEAN),
    maybe("NbOfTxs", Value(Facet::Digits(1, 15))),
    maybe("CtrlSum", Value(Facet::Decimal)),
    maybe("PmtTpInf", Sequence(PAYMENT_TYPE)),
    one("ReqdColltnDt", DATE),
    one("Cdtr", Sequence(PARTY)),
    one("CdtrAcct", Sequence(ACCOUNT)),
    one("CdtrAgt", Sequence(AGENT)),
    maybe("CdtrAgtAcct", Sequence(ACCOUNT)),
    maybe("UltmtCdtr", Sequence(PARTY)),
    maybe("ChrgBr", Value(CHARGE_BEARER)),
    maybe("ChrgsAcct", Sequence(ACCOUNT)),
    maybe("ChrgsAcctAgt", Sequence(AGENT)),
    maybe("CdtrSchmeId", Sequence(PARTY)),
    many("DrctDbtTxInf", Sequence(TRANSACTION)),
];

const CHARGE_BEARER: Facet = Facet::OneOf(&["DEBT", "CRED", "SHAR", "SLEV"]);

const PAYMENT_TYPE: &[Element] = &[
    maybe("InstrPrty", Value(Facet::OneOf(&["HIGH", "NORM"]))),
    several("SvcLvl", Choice(CODE_4_OR_OWN)),
    maybe("LclInstrm", Choice(CODE_35_OR_OWN)),
    maybe(
        "SeqTp",
        Value(Facet::OneOf(&["FRST", "RCUR", "FNAL", "OOFF", "RPRE"])),
    ),
    maybe("CtgyPurp", Choice(CODE_4_OR_OWN)),
];

const TRANSACTION: &[Element] = &[
    one(
        "PmtId",
        Sequence(&[
            maybe("InstrId", TEXT_35),
            one("EndToEndId", TEXT_35),
            maybe("UETR", Value(Facet::Uuid4)),
        ]),
    ),
    maybe("PmtTpInf", Sequence(PAYMENT_TYPE)),
    one("InstdAmt", Amount),
    maybe("ChrgBr", Value(CHARGE_BEARER)),
    maybe("DrctDbtTx", Sequence(DIRECT_DEBIT)),
    maybe("UltmtCdtr", Sequence(PARTY)),
    one("DbtrAgt", Sequence(AGENT)),
    maybe("DbtrAgtAcct", Sequence(ACCOUNT)),
    one("Dbtr", Sequence(PARTY)),
    one("DbtrAcct", Sequence(ACCOUNT)),
    maybe("UltmtDbtr", Sequence(PARTY)),
    maybe("InstrForCdtrAgt", TEXT_140),
    maybe("Purp", Choice(CODE_4_OR_OWN)),
    Element {
        max: 10,
        ..several("RgltryRptg", Any)
    },
    maybe("Tax", Any),
    Element {
        max: 10,
        ..several("RltdRmtInf", Any)
    },
    maybe("RmtInf", Sequence(REMITTANCE)),
    several("SplmtryData", Any),
];

const REMITTANCE: &[Element] = &[
    several("Ustrd", TEXT_140),
    several("Strd", Sequence(STRUCTURED)),
];

const STRUCTURED: &[Element] = &[
    several("RfrdDocInf", Any),
    maybe("RfrdDocAmt", Any),
    maybe(
        "CdtrRefInf",
        Sequence(&[
            maybe(
                "Tp",
                Sequence(&[
                    one(
                        "CdOrPrtry",
                        Choice(&[one("Cd", Value(REFERENCE_KIND)), one("Prtry", TEXT_35)]),
                    ),
                    maybe("Issr", TEXT_35),
                ]),
            ),
            maybe("Ref", TEXT_35),
        ]),
    ),
    maybe("Invcr", Any),
    maybe("Invcee", Any),
    maybe("TaxRmt", Any),
    maybe("GrnshmtRmt", Any),
    Element {
        max: 3,
        ..several("AddtlRmtInf", TEXT_140)
    },
];

const REFERENCE_KIND: Facet = Facet::OneOf(&["RADM", "RPIN", "FXDR", "DISP", "PUOR", "SCOR"]);

const DIRECT_DEBIT: &[Element] = &[
    maybe("MndtRltdInf", Sequence(MANDATE)),
    maybe("CdtrSchmeId", Sequence(PARTY)),
    maybe("PreNtfctnId", TEXT_35),
    maybe("PreNtfctnDt", DATE),
];

const MANDATE: &[Element] = &[
    maybe("MndtId", TEXT_35),
    maybe("DtOfSgntr", DATE),
    maybe("AmdmntInd", BOOLEAN),
    maybe("AmdmntInfDtls", Any),
    maybe("ElctrncSgntr", Value(Facet::Text(1025))),
    maybe("FrstColltnDt", DATE),
    maybe("FnlColltnDt", DATE),
    maybe("Frqcy", Any),
    maybe("Rsn", Any),
    maybe("TrckgDays", Value(Facet::Digits(2, 2))),
];

const PARTY: &[Element] = &[
    maybe("Nm", TEXT_140),
    maybe("PstlAdr", Any),
    maybe(
        "Id",
        Choice(&[
            one(
                "OrgId",
                Sequence(&[
                    maybe("AnyBIC", Value(Facet::Bic)),
                    maybe("LEI", Value(Facet::Lei)),
                    several("Othr", Sequence(OTHER_35)),
                ]),
            ),
            one(
                "PrvtId",
                Sequence(&[
                    maybe("DtAndPlcOfBirth", Any),
                    several("Othr", Sequence(OTHER_35)),
                ]),
            ),
        ]),
    ),
    maybe("CtryOfRes", Value(Facet::Letters(2))),
    maybe("CtctDtls", Any),
];

const OTHER_35: &[Element] = &[
    one("Id", TEXT_35),
    maybe("SchmeNm", Choice(CODE_4_OR_OWN)),
    maybe("Issr", TEXT_35),
];

const ACCOUNT: &[Element] = &[
    one(
        "Id",
        Choice(&[
            one("IBAN", Value(Facet::Iban)),
            one(
                "Othr",
                Sequence(&[
                    one("Id", TEXT_34),
                    maybe("SchmeNm", Choice(CODE_4_OR_OWN)),
                    maybe("Issr", TEXT_35),
                ]),
            ),
        ]),
    ),
    maybe("Tp", Choice(CODE_4_OR_OWN)),
    maybe("Ccy", Value(Facet::Letters(3))),
    maybe("Nm", TEXT_70),
    maybe("Prxy", Any),
];

const AGENT: &[Element] = &[
    one(
        "FinInstnId",
        Sequence(&[
            maybe("BICFI", Value(Facet::Bic)),
            maybe(
                "ClrSysMmbId",
                Sequence(&[
                    maybe("ClrSysId", Choice(CODE_5_OR_OWN)),
                    one("MmbId", TEXT_35),
                ]),
            ),
            maybe("LEI", Value(Facet::Lei)),
            maybe("Nm", TEXT_140),
            maybe("PstlAdr", Any),
            maybe("Othr", Sequence(OTHER_35)),
        ]),
    ),
    maybe("BrnchId", Any),
];
