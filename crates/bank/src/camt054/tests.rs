use super::*;

const SAMPLE: &[u8] = include_bytes!("../../../../testdata/iso20022/camt054.v8.sample.xml");

fn notification(version: &str, entries: &str) -> Notification {
    let text = format!(
        "<Document xmlns=\"{NAMESPACE}{version}\"><BkToCstmrDbtCdtNtfctn>\
         <GrpHdr><MsgId>N-1</MsgId><CreDtTm>2026-09-01T08:00:00</CreDtTm></GrpHdr>\
         <Ntfctn><Id>N-1</Id><Acct><Id><Othr><Id>6222 0200</Id></Othr></Id></Acct>{entries}</Ntfctn>\
         </BkToCstmrDbtCdtNtfctn></Document>"
    );
    read(text.as_bytes()).unwrap()
}

fn entry(head: &str, details: &str) -> String {
    format!(
        "<Ntry>{head}<BookgDt><Dt>2026-09-01</Dt></BookgDt>\
         <ValDt><DtTm>2026-09-02T00:00:00+08:00</DtTm></ValDt><AcctSvcrRef>R-1</AcctSvcrRef>\
         <NtryDtls>{details}</NtryDtls></Ntry>"
    )
}

fn money(minor: i64) -> Money {
    Money::new(minor, wattkey_domain::Currency::CNY).unwrap()
}

#[test]
fn the_sample_of_a_bank_reads() {
    let notification = read(SAMPLE).unwrap();
    let entry = &notification.accounts[0].entries[0];
    assert_eq!(notification.accounts[0].account, "CH2801234000123456789");
    assert_eq!(entry.amount.as_ref().unwrap().to_string(), "200,000.00 SEK");
    assert_eq!(entry.direction, Direction::Debit);
    assert_eq!(entry.status, EntryStatus::Booked);
    let seen: Vec<_> = notification
        .bookings()
        .into_iter()
        .map(|b| {
            (
                b.key,
                b.end_to_end_id.unwrap(),
                b.amount.unwrap().minor(),
                b.direction,
            )
        })
        .collect();
    let reference = |n| format!("UXC06170000006PI00001EE0000{n}");
    let key = |place, n, minor| {
        let reference = reference(n);
        format!("CH2801234000123456789|ACSR160617103200001|+CHF{minor}|{reference}|#{place}")
    };
    assert_eq!(
        seen,
        [
            (key(0, 1, 310), reference(1), 310, Direction::Credit),
            (key(1, 2, 320), reference(2), 320, Direction::Credit),
            (key(2, 2, 320), reference(2), 320, Direction::Credit),
        ]
    );
}

#[test]
fn the_status_is_read_in_every_version() {
    let amount = "<Amt Ccy=\"CNY\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>";
    for (version, status, booked) in [
        ("001.02", "<Sts>BOOK</Sts>", true),
        ("001.04", "<Sts>PDNG</Sts>", false),
        ("001.08", "<Sts><Cd>BOOK</Cd></Sts>", true),
        ("001.08", "<Sts><Cd>PDNG</Cd></Sts>", false),
        ("001.11", "<Sts><Cd>INFO</Cd></Sts>", false),
        ("001.11", "<Sts><Prtry>BOOK</Prtry></Sts>", false),
    ] {
        let notification = notification(version, &entry(&format!("{amount}{status}"), ""));
        assert_eq!(notification.accounts[0].entries.len(), 1);
        assert_eq!(
            !notification.bookings().is_empty(),
            booked,
            "{version} {status}"
        );
    }
}

#[test]
fn amounts_of_version_2_stand_among_the_details() {
    let head = "<Amt Ccy=\"CNY\">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>";
    let details = |reference: &str, amount: &str| {
        format!(
            "<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><AmtDtls><TxAmt>\
             <Amt Ccy=\"CNY\">{amount}</Amt></TxAmt></AmtDtls></TxDtls>"
        )
    };
    let both = details("E-1", "1") + &details("NOTPROVIDED", "2");
    let bookings = notification("001.02", &entry(head, &both)).bookings();
    assert_eq!(bookings[0].amount, Ok(money(100)));
    assert_eq!(bookings[0].end_to_end_id.as_deref(), Some("E-1"));
    assert_eq!(bookings[1].amount, Ok(money(200)));
    assert_eq!(bookings[1].end_to_end_id, None);
    assert_eq!(bookings[0].account, "62220200");
    assert_eq!(bookings[0].value, Some(jiff::civil::date(2026, 9, 2)));
}

#[test]
fn the_only_transaction_may_leave_its_amount_to_the_entry_two_may_not() {
    let head = "<Amt Ccy=\"CNY\">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>";
    let one = "<TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs></TxDtls>";
    let bookings = notification("001.02", &entry(head, one)).bookings();
    assert_eq!(bookings[0].amount, Ok(money(300)));
    let bookings = notification("001.02", &entry(head, &one.repeat(2))).bookings();
    assert_eq!(bookings[0].amount, Err(AmountError::Missing));
}

#[test]
fn what_takes_back_is_no_receipt() {
    let head = |more: &str, direction: &str| {
        format!(
            "<Amt Ccy=\"CNY\">3.00</Amt><CdtDbtInd>{direction}</CdtDbtInd>{more}\
             <Sts><Cd>BOOK</Cd></Sts>"
        )
    };
    let of =
        |head: String, details: &str| notification("001.08", &entry(&head, details)).bookings();
    assert!(of(head("", "CRDT"), "")[0].is_receipt());
    assert!(of(head("<RvslInd>false</RvslInd>", "CRDT"), "")[0].is_receipt());
    assert!(!of(head("<RvslInd>true</RvslInd>", "CRDT"), "")[0].is_receipt());
    assert!(!of(head("", "DBIT"), "")[0].is_receipt());
    let returned = "<TxDtls><RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf></TxDtls>";
    let booking = &of(head("", "DBIT"), returned)[0];
    assert!(booking.reversal && !booking.is_receipt());
    assert_eq!(booking.return_reason.as_deref(), Some("MD06"));
}

#[test]
fn an_amount_that_cannot_be_taken_spoils_its_own_entry_only() {
    let head = |amount: &str| {
        format!("<Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>")
    };
    let both = entry(&head("0.001"), "") + &entry(&head("0.01"), "");
    let bookings = notification("001.02", &both).bookings();
    assert!(matches!(bookings[0].amount, Err(AmountError::Number(_))));
    assert_eq!(bookings[1].amount, Ok(money(1)));
}

#[test]
fn movements_without_the_bank_s_reference_are_told_apart_by_what_they_are() {
    let plain = |amount: &str| {
        format!(
            "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>"
        )
    };
    let keys = |entries: &str| -> Vec<String> {
        let bookings = notification("001.02", entries).bookings();
        bookings.into_iter().map(|booking| booking.key).collect()
    };
    let seen = keys(&(plain("1") + &plain("2")));
    assert_ne!(seen[0], seen[1]);
    assert_eq!(keys(&plain("1.00"))[0], seen[0]);
}

/// Banks number entries anew in each message (`NtryRef`), and some use their own references again:
/// what is another payment must not look like one that was seen.
#[test]
fn another_payment_has_another_key_whatever_the_bank_calls_it() {
    let booked = |reference: &str, order: &str, amount: &str, direction: &str| {
        let text = format!(
            "<Ntry>{reference}<Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
             <Sts>BOOK</Sts><BookgDt><Dt>2026-09-01</Dt></BookgDt><NtryDtls><TxDtls><Refs>\
             <EndToEndId>{order}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        );
        let mut bookings = notification("001.02", &text).bookings();
        bookings.remove(0).key
    };
    for reference in ["<NtryRef>1</NtryRef>", "<AcctSvcrRef>R-1</AcctSvcrRef>", ""] {
        let first = booked(reference, "E-1", "1", "CRDT");
        assert_eq!(booked(reference, "E-1", "1.00", "CRDT"), first);
        for other in [
            booked(reference, "E-2", "1", "CRDT"),
            booked(reference, "E-1", "2", "CRDT"),
            booked(reference, "E-1", "1", "DBIT"),
        ] {
            assert_ne!(other, first, "{reference}");
        }
    }
    // The same movement in a statement: its entries are numbered otherwise.
    assert_eq!(
        booked("<NtryRef>7</NtryRef>", "E-1", "1", "CRDT"),
        booked("<NtryRef>1</NtryRef>", "E-1", "1", "CRDT")
    );
}

#[test]
fn what_the_standard_does_not_have_is_refused() {
    let wrap = |inner: &str| {
        format!(
            "<Document xmlns=\"{NAMESPACE}001.08\"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N</MsgId>\
             </GrpHdr><Ntfctn><Id>N</Id>{inner}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
        )
    };
    let account = "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>";
    let amount = "<Amt Ccy=\"CNY\">1</Amt>";
    for inner in [
        String::new(),
        "<Acct><Id/></Acct>".into(),
        format!("{account}<Ntry/>"),
        format!("{account}<Ntry>{amount}<CdtDbtInd>BOTH</CdtDbtInd><Sts>BOOK</Sts></Ntry>"),
        format!("{account}<Ntry>{amount}<CdtDbtInd>CRDT</CdtDbtInd></Ntry>"),
        format!("{account}<Ntry>{amount}<CdtDbtInd>CRDT</CdtDbtInd><Sts/></Ntry>"),
    ] {
        assert!(read(wrap(&inner).as_bytes()).is_err(), "{inner}");
    }
}
