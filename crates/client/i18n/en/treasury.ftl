# Files of orders, exports, CSV
help-common-csv = Write a table as CSV, under names that stay; see README.md
help-orders = Files of orders: import, preview, approve
help-orders-more =
    A file of your treasury system becomes orders in three steps; nothing is signed before the last.

      wattkey orders import orders.csv     reads the file and names every line that is not right
      wattkey orders preview               asks the service: bills, penalties, totals, orders
      wattkey orders approve               signs and sends exactly what was previewed

    Bills with one source, one day and one reference share an order and a signature, up to 100 of
    them over any number of accounts. The USB key asks for its PIN once for each order.
help-orders-import = Read a file of orders and keep it; needs no USB key
help-orders-import-file = The file, CSV or NDJSON, UTF-8
help-orders-import-more =
    Columns of CSV, in any order (NDJSON: the same names, all values texts):
      bill       the bill to pay; this or account
      account    the contract account whose oldest bills the amount pays
      amount     such as 12369.69; of a bill without its penalty, all that is open when empty;
                 of an account with penalties
      currency   such as CNY; may be left out, and is checked when it is there
      reference  your own, up to 35 characters; needed with an amount, because it tells a line
                 that came before. It is on receipt, statement and list of payments.
      source     mandate, mandate:M-0001, transfer, deposit:C-0001; mandate when empty
      execute    day of collection, such as 2026-12-01; at once when empty

    The same file again is the same import. A line of another file with the same reference for the
    same bill or account is not paid twice.
    Exit code 2 when a line is not right; then nothing of the file counts.

    Example
      wattkey orders import orders.csv
help-orders-list = List the files that were imported; needs no USB key
help-orders-preview = Show what a file comes to: orders, totals by account and source
help-orders-preview-batch = The import, as it was named (otherwise the last one)
help-orders-preview-more =
    Example
      wattkey orders preview --csv > preview.csv
help-orders-approve = Sign and send what was previewed
help-orders-approve-batch = The import, as it was named (otherwise the last one)
help-orders-approve-preview = Refuse unless the preview has this digest
help-orders-approve-yes = Do not ask; only together with --expect-total and --preview
help-orders-approve-sign-pin-fd = Read the PIN from this file descriptor, one line for each order
help-orders-approve-more =
    Everything is built again first; when anything differs from the preview, nothing is signed.
    Broken off, it goes on where it was: what was signed is in the journal and is not signed again.

    Example
      wattkey orders approve --expect-total 12369.69
help-export = Write lists for other programs
help-export-bills = Write bills: those that are open, or all
help-export-bills-all = All bills, also those that are paid
help-export-bills-account = Only bills of this contract account
help-export-bills-lines = One row for each line of a bill
help-export-bills-format = csv or ndjson (otherwise csv)
help-export-bills-to = File to write (otherwise stdout)
help-export-bills-force = Replace the file when it exists
help-export-bills-bom = Begin with a byte order mark, for spreadsheets that need one for UTF-8
help-export-bills-more =
    Amounts are decimals in CSV and whole minor units (fen, cents) in NDJSON. Text that begins like a
    formula gets an apostrophe in CSV.

    Examples
      wattkey export bills --to bills.csv
      wattkey export bills --all --lines --format ndjson
help-export-payments = Write orders: what was paid, from where, under which reference
help-export-payments-from = Only orders of this day and later
help-export-payments-lines = One row for each bill of an order
help-export-payments-format = csv or ndjson (otherwise csv)
help-export-payments-to = File to write (otherwise stdout)
help-export-payments-force = Replace the file when it exists
help-export-payments-bom = Begin with a byte order mark, for spreadsheets that need one for UTF-8
column-batch = Import
column-execute = Day
column-field = Field
column-file = File
column-file-line = Line
column-imported = Imported
column-lines = Lines
column-orders = Orders
column-penalty = Penalty
column-preview = Preview
column-principal = Principal
column-reference = Your reference
column-source = Paid by
column-wrong = What is not right
orders-imported = { $file } is imported: { $lines } lines. Next: wattkey orders preview { $batch }
orders-imported-before = { $file } was imported before, at { $at }: { $lines } lines. See: wattkey orders preview { $batch }
orders-nothing-left = Nothing is left to pay of this file.
orders-done-before = Ordered before, and not paid again: lines { $lines }.
orders-previewed =
    Of the file { $file }:
    { $orders ->
        [one] One order
       *[other] { $orders } orders
    } over { $total }: the USB key asks for its PIN once for each.
    Preview { $preview }
    Next: wattkey orders approve { $batch }
orders-checking = Checking order { $n } of { $of } …
orders-shown = Order { $n } of { $of }:
orders-to-sign = You are about to sign { $orders ->
        [one] one order
       *[other] { $orders } orders
    } over { $total }; the USB key asks for its PIN once for each.
orders-signing = Order { $n } of { $of }, { $total }:
orders-refused-before = Order { $order } was refused before; preview again to order its bills anew.
exported = { $rows } rows are in { $file }.
batch-damaged-note = { $file } cannot be read and was left alone.
means-rest-not-signed = The other orders were not signed or sent.
wrong-too-large = the file has more than { $value }
wrong-too-many-lines = the file has more than { $value } lines
wrong-no-lines = the file has no line that pays anything
wrong-utf-16 = the file is UTF-16 ("Unicode text"); save it as CSV UTF-8
wrong-gb18030 = the file is not UTF-8 but GB 18030 or GBK, it seems; save it as CSV UTF-8
wrong-not-utf-8 = the file is not UTF-8; save it as CSV UTF-8
wrong-column = there is no column "{ $value }"; see: wattkey orders import --help
wrong-column-twice = this column is there twice
wrong-no-columns = the header names neither bill nor account
wrong-csv = this is not CSV: { $value }
wrong-fields = the line has another number of fields than the header ({ $value })
wrong-json = this is not JSON (character { $value })
wrong-bill-and-account = name a bill or an account, not both
wrong-neither = name a bill or an account
wrong-id = "{ $value }" is not an identifier of this kind
wrong-amount = "{ $value }" is not an amount; write it like 12369.69
wrong-amount-needed = an account needs an amount
wrong-reference = the reference has more than 35 characters, or some that banks do not carry
wrong-reference-needed = with an amount a reference is needed: it tells a line that came before
wrong-currency = "{ $value }" is not a currency
wrong-source = "{ $value }" is not mandate, mandate:M-…, transfer or deposit:C-…
wrong-day = "{ $value }" is not a day; write it like 2026-12-01
wrong-day-without-mandate = only what is collected under a mandate has a day
wrong-twice = this is in the file before ({ $value })
wrong-no-bill = your organisation has no bill { $value }
wrong-no-account = your organisation has no contract account { $value } in this currency
wrong-nothing-open = nothing is open of it { $value }
wrong-account-nothing-open = nothing is open of { $value }
wrong-too-much = only { $value } is open, without penalty
wrong-too-much-for-account = nothing is open for { $value } of the amount
wrong-named-elsewhere = a bill of this account is named in line { $value } too
wrong-other-currency = another currency than the bill’s ({ $value })
wrong-several-currencies = one file has one currency ({ $value })
wrong-several-mandates = there are several mandates, name one: { $value }
wrong-unknown-mandate = there is no debit mandate { $value }
wrong-no-mandate = there is no debit mandate in { $value }
wrong-other-amount = this reference was ordered with another amount (order { $value })
wrong-ordered-in-part = only a part of this was ordered (order { $value }); pay the rest in a line with another reference
wrong-day-over = { $value } is over
wrong-day-ahead = { $value } is not 1 to 90 days ahead, by the service’s calendar
wrong-json-value = a value is not a text (character { $value })
err-order-file = The file is not right (places: { $count }); nothing of it counts.
rec-order-file = Correct them in the file and import it again.
err-no-batch = There is no such import.
rec-no-batch = See them with: wattkey orders list
err-batch-busy = Another program works with files of orders on this PC.
rec-batch-busy = Wait until it has ended.
err-batch-damaged = { $file } is damaged: what was ordered of this import is not known from it.
rec-batch-damaged = Keep it, and compare with: wattkey payments
err-no-preview = There is nothing to sign of the import { $batch }: it has no preview, or all of it was signed.
rec-no-preview = Make one with: wattkey orders preview { $batch }
err-preview-differs = The preview is another one: { $preview }. Nothing was signed.
rec-preview-differs = Look at it again with: wattkey orders preview
err-preview-stale = The order with bill { $bill } is no longer what was previewed. Nothing more was signed.
rec-preview-stale = Look at it again with: wattkey orders preview { $batch }
err-preview-of-other = The preview was made by another user.
rec-preview-of-other = Make your own with: wattkey orders preview
err-usage-csv = This command has no table, so there is no CSV of it.
rec-usage-csv = Leave out --csv, or use --json.
