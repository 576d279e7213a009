use super::*;

const SAMPLE: &[u8] = include_bytes!("../../../../testdata/iso20022/camt054.v8.sample.xml");

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.";
const STATEMENT: &[u8] = include_bytes!("../../../../testdata/iso20022/camt053.v8.sample.xml");

fn notification(version: &str, entries: &str) -> Message {
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
    let key = |count, n, minor| {
        let reference = reference(n);
        format!("CH2801234000123456789|ACSR160617103200001|+CHF{minor}|{reference}|{count}")
    };
    assert_eq!(
        seen,
        [
            (key(1, 1, 310), reference(1), 310, Direction::Credit),
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

/// What came in is what the bank booked: not what was ordered before charges, nor what it was in the
/// payer's currency.
#[test]
fn the_only_transaction_moved_what_the_entry_says() {
    let head = "<Amt Ccy=\"CNY\">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>";
    let amount = |name: &str, currency: &str, amount: &str| {
        format!("<{name}><Amt Ccy=\"{currency}\">{amount}</Amt></{name}>")
    };
    let booked = |details: &str| {
        let details = format!("<TxDtls><AmtDtls>{details}</AmtDtls></TxDtls>");
        notification("001.02", &entry(head, &details))
            .bookings()
            .remove(0)
            .amount
    };
    assert_eq!(booked(&amount("InstdAmt", "CNY", "8.00")), Ok(money(700)));
    assert_eq!(booked(&amount("InstdAmt", "EUR", "1.00")), Ok(money(700)));
    assert_eq!(booked(&amount("TxAmt", "EUR", "1.00")), Ok(money(700)));
    assert_eq!(booked(&amount("TxAmt", "CNY", "8.00")), Ok(money(800)));
    let two = amount("InstdAmt", "CNY", "3.50");
    let two = format!("<TxDtls><AmtDtls>{two}</AmtDtls></TxDtls>").repeat(2);
    let bookings = notification("001.02", &entry(head, &two)).bookings();
    assert_eq!(bookings[1].amount, Ok(money(350)));
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

#[test]
fn the_sample_statement_of_a_bank_reads() {
    let statement = read(STATEMENT).unwrap();
    assert_eq!(statement.kind, Kind::Statement);
    assert!(crate::camt053::read(STATEMENT).is_ok());
    assert!(crate::camt054::read(STATEMENT).is_err());
    assert!(crate::camt053::read(SAMPLE).is_err());
    let account = &statement.accounts[0];
    assert_eq!(account.account, "NL26VAYB8060476890");
    assert_eq!(account.sequence, Some(12_312));
    assert!(account.is_partial, "page 2 is the last, and not the first");
    let kinds: Vec<_> = account.balances.iter().map(|b| b.kind.clone()).collect();
    assert_eq!(kinds[..2], [BalanceKind::Opening, BalanceKind::Closing]);
    assert_eq!(account.unexplained_minor(), None);
    let booking = &statement.bookings()[0];
    assert_eq!(booking.end_to_end_id.as_deref(), Some("MUELL/FINP/RA12345"));
    assert_eq!(booking.counterparty.name.as_deref(), Some("NAME NAME"));
    assert_eq!(
        booking.counterparty.account.as_deref(),
        Some("NL56AGDH9619008421")
    );
    assert_eq!(booking.code.as_ref().unwrap().to_string(), "PMNT/RCDT/BOOK");
    assert!(!booking.is_charge());
    assert_eq!(booking.booked, Some(jiff::civil::date(2014, 12, 31)));
}

fn statement(inner: &str) -> Message {
    let text = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>S-1</MsgId></GrpHdr><Stmt><Id>S-1</Id>\
         <Acct><Id><Othr><Id>6222 0200</Id></Othr></Id></Acct>{inner}</Stmt></BkToCstmrStmt></Document>"
    );
    read(text.as_bytes()).unwrap()
}

/// How banks call one movement in the notification, and again in the statement.
#[test]
fn one_movement_in_both_messages_has_a_key_in_common() {
    let entry = |entry: &str, own: &str, date: &str| {
        let refs = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("<{name}>{text}</{name}>"),
        };
        format!(
            "<Ntry>{}<Amt Ccy=\"CNY\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
             <BookgDt><Dt>{date}</Dt></BookgDt>{}<NtryDtls><TxDtls><Refs>{}\
             <EndToEndId>E-1</EndToEndId></Refs><RltdPties/></TxDtls></NtryDtls></Ntry>",
            refs("NtryRef", &format!("{}", entry.len() + own.len())),
            refs("AcctSvcrRef", entry),
            refs("AcctSvcrRef", own),
        )
    };
    let keys = |message: Message| {
        let booking = message.bookings().remove(0);
        [vec![booking.key], booking.other_keys].concat()
    };
    let cases = [
        ("the same references", ("B-1", "T-1"), ("B-1", "T-1"), true),
        (
            "the statement has the entry's only",
            ("B-1", "T-1"),
            ("B-1", ""),
            true,
        ),
        (
            "the notification had the transaction's as its entry's",
            ("T-1", ""),
            ("B-1", "T-1"),
            true,
        ),
        (
            "one has the same for both",
            ("T-1", "T-1"),
            ("B-1", "T-1"),
            true,
        ),
        ("no references, the same day", ("", ""), ("", ""), true),
        ("another movement", ("B-1", ""), ("B-2", ""), false),
        (
            "another movement of the same order",
            ("B-1", "T-1"),
            ("B-2", "T-2"),
            false,
        ),
    ];
    for (what, (entry_1, own_1), (entry_2, own_2), same) in cases {
        let notified = keys(notification("001.08", &entry(entry_1, own_1, "2026-09-01")));
        let stated = keys(statement(&entry(entry_2, own_2, "2026-09-01")));
        let common = notified.iter().any(|key| stated.contains(key));
        assert_eq!(common, same, "{what}: {notified:?} {stated:?}");
    }
}

/// An entry of five yuan for an order.
fn five(order: &str, reference: &str, own: &str) -> String {
    let refs = |text: &str| match text {
        "" => String::new(),
        text => format!("<AcctSvcrRef>{text}</AcctSvcrRef>"),
    };
    format!(
        "<Ntry><Amt Ccy=\"CNY\">5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
         <BookgDt><Dt>2026-09-01</Dt></BookgDt>{}<NtryDtls><TxDtls><Refs>{}\
         <EndToEndId>{order}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>",
        refs(reference),
        refs(own),
    )
}

/// The keys of each booking.
fn keys_of(message: &Message) -> Vec<Vec<String>> {
    let keys = |booking: Booking| [vec![booking.key], booking.other_keys].concat();
    message.bookings().into_iter().map(keys).collect()
}

/// How many bookings of `messages` count, when each is known by any of its keys afterwards.
fn posted(messages: &[Message]) -> usize {
    let mut known = std::collections::HashSet::new();
    let mut posted = 0;
    for keys in messages.iter().flat_map(keys_of) {
        if !keys.iter().any(|key| known.contains(key)) {
            posted += 1;
            known.extend(keys);
        }
    }
    posted
}

#[test]
fn two_entries_that_look_the_same_are_two_movements() {
    for (reference, own) in [("", ""), ("R-1", ""), ("", "T-1"), ("R-1", "T-1")] {
        let two = five("E-1", reference, own).repeat(2);
        let notified = notification("001.08", &two);
        let stated = statement(&two);
        assert_eq!(
            posted(std::slice::from_ref(&notified)),
            2,
            "{reference} {own}"
        );
        assert_eq!(posted(&[notified, stated]), 2, "{reference} {own}");
    }
}

/// The statement has both; the notifications had one each, or only one came.
#[test]
fn what_was_notified_one_by_one_is_known_again_in_the_statement() {
    for (first, second) in [
        (("R-1", ""), ("R-2", "")),
        (("", "T-1"), ("", "T-2")),
        (("R-1", "T-1"), ("R-2", "T-2")),
        (("", ""), ("", "")),
    ] {
        let [one, two] = [first, second].map(|(reference, own)| five("E-1", reference, own));
        let stated = statement(&(one.clone() + &two));
        let [one, two] = [one, two].map(|entry| notification("001.08", &entry));
        let all = [one.clone(), two.clone(), stated.clone()];
        assert_eq!(posted(&all), 2, "{first:?} {second:?}");
        assert_eq!(
            posted(&[one, stated.clone(), two]),
            2,
            "{first:?} {second:?}"
        );
        assert_eq!(posted(&[stated.clone(), stated]), 2, "{first:?} {second:?}");
    }
}

/// A batch of two who pay the same, told in two notifications under the batch's reference: each is
/// money of its own, whatever comes first in the statement.
#[test]
fn an_entry_that_is_told_in_parts_is_known_again() {
    let part = |own: &str| {
        format!(
            "<TxDtls><Refs><AcctSvcrRef>{own}</AcctSvcrRef></Refs><Amt Ccy=\"CNY\">5</Amt></TxDtls>"
        )
    };
    let head = "<Amt Ccy=\"CNY\">10</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>";
    let batch = |parts: &[&str]| {
        let parts: String = parts.iter().map(|own| part(own)).collect();
        entry(head, &parts)
    };
    let [one, two] = ["T-1", "T-2"].map(|own| notification("001.08", &batch(&[own])));
    assert_eq!(posted(&[one.clone(), two.clone()]), 2);
    assert_eq!(
        posted(&[one.clone(), two.clone(), one.clone(), two.clone()]),
        2
    );
    for order in [["T-1", "T-2"], ["T-2", "T-1"]] {
        let stated = statement(&batch(&order));
        assert_eq!(
            posted(&[one.clone(), stated.clone(), two.clone()]),
            2,
            "{order:?}"
        );
        assert_eq!(
            posted(&[one.clone(), two.clone(), stated.clone()]),
            2,
            "{order:?}"
        );
        assert_eq!(posted(&[stated, one.clone(), two.clone()]), 2, "{order:?}");
    }
}

/// The same amount from somebody else on another day.
#[test]
fn what_says_that_there_is_no_reference_is_none() {
    let on = |date: &str| {
        let entry = five("NONREF", "NONREF", "NONREF").replace("2026-09-01", date);
        notification("001.08", &entry)
    };
    assert_eq!(posted(&[on("2026-09-01"), on("2026-09-02")]), 2);
    assert_eq!(posted(&[on("2026-09-01"), on("2026-09-01")]), 1);
    assert_eq!(on("2026-09-01").bookings()[0].end_to_end_id, None);
}

#[test]
fn our_reference_in_capitals_has_the_same_keys() {
    let ours = "WK7d3f0b4e41c34c449b6a111213141516";
    let keys = |order: &str| keys_of(&notification("001.08", &five(order, "R-1", "T-1")));
    assert_eq!(keys(&ours.to_uppercase()), keys(ours));
    assert_ne!(keys("rf-x"), keys("RF-X"), "what is not ours is left alone");
}

#[test]
fn parties_and_references_are_read_with_and_without_wrapping() {
    let details = |dbtr: &str| {
        let head = "<Amt Ccy=\"CNY\">3.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>";
        let text = format!(
            "<TxDtls><RltdPties><Dbtr>{dbtr}</Dbtr><DbtrAcct><Id><IBAN>DE89 3704 0044 0532 0130 00</IBAN></Id>\
             </DbtrAcct></RltdPties><RmtInf><Ustrd>please see RF18 5390</Ustrd><Ustrd>0754 7034</Ustrd>\
             <Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF712348231</Ref>\
             </CdtrRefInf></Strd></RmtInf></TxDtls>"
        );
        notification("001.02", &entry(head, &text))
            .bookings()
            .remove(0)
    };
    for dbtr in ["<Nm>Li Steel</Nm>", "<Pty><Nm>Li Steel</Nm></Pty>"] {
        let booking = details(dbtr);
        assert_eq!(booking.counterparty.name.as_deref(), Some("Li Steel"));
        assert_eq!(
            booking.counterparty.account.as_deref(),
            Some("DE89370400440532013000")
        );
        assert_eq!(booking.creditor_references[0].as_str(), "RF712348231");
        let found = booking
            .creditor_references
            .iter()
            .any(|r| r.as_str() == "RF18539007547034");
        assert!(found, "{booking:?}");
        assert_eq!(booking.remittance.len(), 2);
    }
}

#[test]
fn a_statement_that_does_not_add_up_is_seen() {
    let balance = |kind: &str, amount: &str, sign: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-09-01</Dt></Dt></Bal>"
        )
    };
    let plain = |amount: &str, sign: &str, status: &str| {
        format!(
            "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts></Ntry>"
        )
    };
    let of = |closing: &str, more: &str| {
        let inner = balance("PRCD", "10.00", "DBIT")
            + &balance("CLBD", closing, "CRDT")
            + &plain("15.00", "CRDT", "BOOK")
            + &plain("2.00", "DBIT", "BOOK")
            + &plain("99.00", "CRDT", "PDNG")
            + more;
        statement(&inner).accounts[0].unexplained_minor()
    };
    assert_eq!(of("3.00", ""), Some(0));
    assert_eq!(of("4.00", ""), Some(100));
    assert_eq!(of("3.00", &plain("0.001", "CRDT", "BOOK")), None);
    assert_eq!(
        of(
            "3.00",
            "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
        ),
        None
    );
    assert_eq!(statement("").accounts[0].unexplained_minor(), None);
}
