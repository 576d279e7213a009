//! What pain.001.001.09 has of its own.

use super::{
    ACCOUNT, AGENT, Amount, Any, BOOLEAN, CHARGE_BEARER, CODE_4_OR_OWN, CODE_35_OR_OWN, Choice,
    Content, DATE, Element, Facet, GROUP_HEADER, PARTY, REMITTANCE, Sequence, TEXT_35, TEXT_140,
    Value, many, maybe, one, several,
};

pub(super) const DOCUMENT: Content = Sequence(&[one(
    "CstmrCdtTrfInitn",
    Sequence(&[
        one("GrpHdr", Sequence(GROUP_HEADER)),
        many("PmtInf", Sequence(PAYMENT)),
        several("SplmtryData", Any),
    ]),
)]);

const PAYMENT: &[Element] = &[
    one("PmtInfId", TEXT_35),
    one("PmtMtd", Value(Facet::OneOf(&["CHK", "TRF", "TRA"]))),
    maybe("BtchBookg", BOOLEAN),
    maybe("NbOfTxs", Value(Facet::Digits(1, 15))),
    maybe("CtrlSum", Value(Facet::Decimal)),
    maybe("PmtTpInf", Sequence(PAYMENT_TYPE)),
    one(
        "ReqdExctnDt",
        Choice(&[one("Dt", DATE), one("DtTm", Value(Facet::DateTime))]),
    ),
    maybe("PoolgAdjstmntDt", DATE),
    one("Dbtr", Sequence(PARTY)),
    one("DbtrAcct", Sequence(ACCOUNT)),
    one("DbtrAgt", Sequence(AGENT)),
    maybe("DbtrAgtAcct", Sequence(ACCOUNT)),
    maybe("InstrForDbtrAgt", TEXT_140),
    maybe("UltmtDbtr", Sequence(PARTY)),
    maybe("ChrgBr", Value(CHARGE_BEARER)),
    maybe("ChrgsAcct", Sequence(ACCOUNT)),
    maybe("ChrgsAcctAgt", Sequence(AGENT)),
    many("CdtTrfTxInf", Sequence(TRANSACTION)),
];

const PAYMENT_TYPE: &[Element] = &[
    maybe("InstrPrty", Value(Facet::OneOf(&["HIGH", "NORM"]))),
    several("SvcLvl", Choice(CODE_4_OR_OWN)),
    maybe("LclInstrm", Choice(CODE_35_OR_OWN)),
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
    one(
        "Amt",
        Choice(&[one("InstdAmt", Amount), one("EqvtAmt", Any)]),
    ),
    maybe("XchgRateInf", Any),
    maybe("ChrgBr", Value(CHARGE_BEARER)),
    maybe("ChqInstr", Any),
    maybe("UltmtDbtr", Sequence(PARTY)),
    maybe("IntrmyAgt1", Sequence(AGENT)),
    maybe("IntrmyAgt1Acct", Sequence(ACCOUNT)),
    maybe("IntrmyAgt2", Sequence(AGENT)),
    maybe("IntrmyAgt2Acct", Sequence(ACCOUNT)),
    maybe("IntrmyAgt3", Sequence(AGENT)),
    maybe("IntrmyAgt3Acct", Sequence(ACCOUNT)),
    maybe("CdtrAgt", Sequence(AGENT)),
    maybe("CdtrAgtAcct", Sequence(ACCOUNT)),
    maybe("Cdtr", Sequence(PARTY)),
    maybe("CdtrAcct", Sequence(ACCOUNT)),
    maybe("UltmtCdtr", Sequence(PARTY)),
    several("InstrForCdtrAgt", Any),
    maybe("InstrForDbtrAgt", TEXT_140),
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
