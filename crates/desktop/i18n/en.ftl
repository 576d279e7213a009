# Words of the window; all others are the payment software's (crates/client/i18n).
window-page-overview = Overview
window-page-bills = Bills
window-page-pay = Pay
window-page-approvals = Approvals
window-page-history = Payments
window-page-settings = Settings
window-lock = Lock
window-refresh = Refresh
window-try-again = Try again
window-loading = Loading …
window-working = Please wait …
window-cancel = Cancel
window-back = Back
window-done = Done

# Unlocking
window-unlock-title = Unlock Wattkey
window-change-title = Choose a new PIN
window-unblock-title = Unblock the USB key
window-unlock-no-key = Plug in the USB key that your power company gave you.
window-pin = PIN of the USB key
window-puk = PUK of the USB key
window-pin-now = PIN now
window-pin-new = New PIN
window-pin-again = New PIN once more
window-pin-typed = characters typed:
window-unlock = Unlock
window-change = Set the new PIN
window-change-pin = Change the PIN
window-on-pad = Type the PIN on the key or its reader, after you go on.
window-last-try-agree = I know that a wrong PIN now locks the key
window-key-ready = Ready
window-key-locked = Locked
window-key-last-try = Last try
window-key-unusable = Not usable
window-no-holder = USB key without certificates
window-valid-until = Valid until { $day }
window-pin-ok = No wrong PIN so far: all tries are left.
window-pin-low = A wrong PIN was typed before: fewer tries are left.
window-pin-last-try = One try is left. A wrong PIN now locks the key.
window-pin-locked = The PIN is locked. Type the PUK from the letter of your power company, and choose a new PIN.
window-pin-first = This PIN is the first one. Choose your own before you go on.
window-pin-not-set = This key has no PIN yet. Bring it to your power company.
window-pin-not-same = The two new PINs are not the same. Type the new PIN again.
window-pin-changed = The new PIN is set. Unlock with it.
window-locked-idle = Locked after a quarter of an hour without a key or click. What you had filled in is still there.

# Overview
window-open-now = Open
window-overdue = Overdue
window-deposit = Deposit
window-usage = Consumption
window-usage-of = Consumption, { $month }
window-pay-by = Next due { $day }
window-being-collected = { $sum } being collected
window-nothing-overdue = Nothing is overdue
window-accounts-overdue = { $count ->
    [one] 1 account past due
   *[other] { $count } accounts past due
 }
window-lasts-days = about { $days } days at present use
window-against-last-year = { $percent } % against last year
window-arrears = { $open } of { $bills ->
    [one] 1 bill is
   *[other] { $bills } bills are
 } overdue, the first since { $since }. Paid today, the penalty is { $penalty }.
window-settle-arrears = Settle arrears
window-consumption-by-month = Consumption by month
window-this-year = This year
window-last-year = Last year
window-forewarnings = What is coming
window-warning-deposit = Deposit
window-warning-bill = Expected bill
window-warning-demand = Maximum demand
window-warning-factor = Power factor
window-warning-overdue = Bill due
window-warning-unknown = Could not be reckoned
window-notices = Notices
window-notice-text = { $bills ->
    [one] 1 bill
   *[other] { $bills } bills
 }, { $total }, served { $served }
window-cut-off-at = Supply is going to be cut at { $time }
window-cut-off-called-off = The cut-off planned for { $time } was called off, { $dropped }
window-all-notices = Show all { $count }
window-fewer-notices = Show the first only
window-acknowledge = Read and acknowledge

# Bills
window-search-bills = Search bills
window-state = State
window-all = All
window-bills-count = { $shown } of { $all }
window-select = Select
window-select-all = Select all that can be paid
window-selected = { $count ->
    [one] 1 bill
   *[other] { $count } bills
 }, { $sum }
window-no-bills = No bill fits.
window-bill = Bill
window-account = Contract account
window-period = Month
window-issued = Issued
window-due = Due
window-amount = Amount
window-open = Open
window-sorted-up = sorted upwards
window-sorted-down = sorted downwards
window-export-csv = Export CSV
window-pay-selected = Pay selected
window-pay-this = Pay this bill
window-lines = Lines
window-line = Charge
window-quantity = Quantity
window-price = Price
window-reckoned = Reckoned again
window-total = Total
window-penalty = Late-payment penalty
window-days-overdue = { $days ->
    [one] 1 day
   *[other] { $days } days
 }
window-to-pay-now = To pay now
window-saved = Kept in { $file }

# Consumption, recomputation, disputes, statements, receipts
window-page-usage = Consumption
window-export-png = Export PNG
window-metering-point = Account and metering point
window-view = Seen at once
window-view-day = Day
window-view-month = Month
window-view-year = Year
window-before = Before
window-after = After
window-zoom-out = Zoom out
window-grain = Steps of the day
window-grain-raw = Meter intervals
window-grain-hour = Hours
window-measure = What is drawn
window-measure-energy = Energy
window-measure-load = Load
window-measure-demand = Maximum demand
window-measure-factor = Power factor
window-contract = Contracted demand
window-contract-line = Contract { $value }
window-of-contract = { $percent } % of it used
window-chart-hint = Point at a bar, or go with ← and →; click or Enter zooms in.
window-table = Table
window-gaps = { $count ->
    [one] 1 interval not measured
   *[other] { $count } intervals not measured
 }
window-nothing-known = nothing known
window-no-readings = There are no readings of this time.
window-no-points = You have no metering point.
window-summing = { $done } of { $of } metering points summed
err-window-no-picture = No picture of the chart can be made here: { $cause }
rec-window-no-picture = Export the table as CSV instead.
window-how-reckoned = How was this reckoned?
window-reckoned-agrees = Agrees with meter readings and tariff
window-reckoned-differs = Differs from meter readings and tariff: { $difference }
window-line-differs = Differs: { $why } ({ $difference })
window-bill-pdf = Save the bill as PDF,
window-disputes = Disputes
window-dispute = Query this bill
window-no-disputes = Nothing of this bill is in dispute.
window-dispute-text = What is in dispute owes no penalty while the power company has not answered; the rest can be paid.
window-dispute-what = What
window-dispute-amount = Not owed
window-dispute-reason = Reason
window-dispute-words = In your words
window-withdraw = Take back
window-sign-dispute = Dispute of a bill
window-sign-withdrawal = Take the dispute back
window-i-mean-it = I have read it and sign exactly this
window-receipt-pdf = Save the receipt as PDF
window-statement = Statement of account
window-statement-csv = Save the statement as CSV
window-statement-pdf = Save the statement as PDF,
window-from-month = From month
window-to-month = To month
window-show = Show
window-ledger = Ledger
window-no-entries = There are no entries in these months.
window-months-wrong = Write months as 2026-08, the first one before the last.
window-check-receipt = Check a receipt
window-check-receipt-text = A receipt is checked on this PC, without the service: its signature must be the power company's.
window-receipt-file = File of the receipt (JSON or PDF)
window-verify = Check

# Paying
window-what-is-paid = What is paid
window-all-due = All that is overdue
window-choose-bills = Choose bills
window-nothing-chosen = No bill is chosen yet.
window-leave-out = Leave out
window-amount-of = Amount of
window-all-open = all that is open
window-amount-wrong = write what is open or less, such as 1234.50
window-sum-without-penalty = Sum, without penalties
window-from-where = From where
window-by-mandate = Account …{ $account }
window-by-transfer = Own transfer
window-by-deposit = Deposit of { $account }
window-mandate-note = Your bank account { $account } of { $name } is debited under mandate { $mandate }.
window-transfer-note = You pay it at your bank, with the reference that the order gets.
window-deposit-note = The deposit holds { $balance }.
window-reference = Your reference
window-reference-hint = such as a cost centre
window-on-day = On day
window-today = today
window-day-wrong = write a day as 2026-12-31
window-review = Review
window-exactly-signed = Exactly this is signed with your USB key:
window-digest = Digest
window-digest-compare = compare it by telephone with whoever signed
window-i-agree = I have read it and agree to pay
window-pin-sign = PIN, to sign
window-pin-again-to-sign = Type the PIN again: it signs exactly this, and nothing else.
window-sign-and-pay = Sign
window-sign-payment = Payment order
window-sign-approval = Approve this order
window-sign-refusal = Refuse this order
window-sign-cancellation = Cancel this order
window-sign-acknowledgement = Acknowledge this notice
window-step-signed = Signed
window-step-sent = Sent
window-step-accepted = Accepted by the power company
window-step-submitted = Sent to the bank
window-step-settled = Settled
window-step-transferred = Your transfer has arrived
window-outcome-transfer = The order is accepted, but no money moves yet: now transfer it at your bank.
window-outcome-accepted = The order is accepted. This page follows it until the bank has booked it; you can leave it at any time.
window-outcome-settled = Paid. The receipt proves it.
window-outcome-approval = The order waits for a second person of yours. Nothing is paid until then.
window-outcome-compare = Whoever approves it sees the digest { $digest }: compare it by telephone.
window-outcome-rejected = The bank did not carry it out. The bills are open again.
window-outcome-done = Done.
window-outcome-cancelled = The order is cancelled; nothing is paid by it.
window-outcome-not-transferred = Do not transfer it any more. What you sent before is taken in all the same.
window-outcome-never = The order ended without having been accepted. Nothing was paid.
window-ask-again = Ask again
window-before-you-sign = Before you sign
window-caution = Caution:
window-caution-disputed-how = To pay only that, go back and write its amount.
err-window-unknown = It is not known whether the service has what you signed. { $cause } { $meaning }
rec-window-unknown = It is asked for again by itself, here or when you unlock next; nothing has to be signed again.
err-window-not-sent = What you signed is kept on this PC and was not sent. { $cause } { $meaning }
rec-window-not-sent = Unlock again: then it is sent by itself, until { $until }; nothing has to be signed again.
window-unknown-order = Until it is known, do not pay the bills otherwise.
window-unknown-file = The orders after it were not signed. Until it is known, do not pay the bills otherwise.
window-unknown-decision = Until the service has it, the order waits as before.
window-unknown-instruction = Until the service has it, what was agreed before holds.
window-unknown-change = Until the service has it, what it knew before holds.
window-unknown-change-decision = Until the service has it, the change waits as before.
window-unknown-dispute = Until the service has it, the bill and its disputes stand as before.
window-unknown-acknowledgement = Until the service has it, the notice counts as not read.
window-document-decision = Decision on an order
window-document-instruction = Standing instruction
window-document-change-decision = Decision on a change of rights
window-document-acknowledgement = Acknowledgement of a notice
window-unresolved-document = { $what } ({ $count }): it is not known yet whether the service has it. It is asked for by itself; do not sign it again.
window-known-taken = { $what }: the service has it.
window-known-refused = { $what }: the service refused it. { $why }
window-known-never = { $what }: it ended without having been accepted, and nothing came of it.
window-save-receipt = Save the receipt
err-window-ask-later = It is not known yet whether the service has it; it may still be under way. { $meaning }
rec-window-ask-later = It is asked for again by itself; from { $from } on the answer is final.
err-window-leave-to = What { $who } signed is not known to the service. { $meaning }
rec-window-leave-to = Have { $who } unlock on this PC: then it is sent again, or ended.

# Approvals
window-no-approvals = Nothing awaits your decision.
window-look-and-approve = Look and approve
window-refuse = Refuse
window-until = until { $time }

# Payments
window-search-payments = Search payments
window-payments-count = { $shown } of { $all }
window-no-payments = Nothing was paid yet.
window-receipt = Receipt
window-unknown = Not known
window-unresolved = { $count ->
    [one] The outcome of 1 order is not known yet. It is asked for by itself.
   *[other] The outcome of { $count } orders is not known yet. It is asked for by itself.
 }
window-into-deposit = Into the deposit of { $account }
window-out-of-deposit = Out of a deposit
window-to-mandate = To the account of mandate { $mandate }
window-order-history = History
window-cancel-order = Cancel order …
window-save-transfer = Save the transfer (pain.001)
window-bills-and-more = { $first } and { $more } more

# Settings
window-look-of-it = Look
window-language = Language
window-theme = Theme
window-theme-system = System
window-theme-light = Light
window-theme-dark = Dark
window-text-size = Size of text
window-service = Service
window-service-name = Payment service
window-service-address = Address
window-test-connection = Test the connection
window-test-reached = Somebody answers at this address. Unlock to make sure that it is the service.
window-test-genuine = The service answered, proved who it is, and knows your USB key.
window-about = About
window-about-text = Wattkey is free software under the Apache licence 2.0. The window is drawn with Slint.
err-window-no-display = No window can be opened here: { $cause }
rec-window-no-display = Start it where there is a display, or use the command line: wattkey --help

# Own data, rights, the own key
window-page-personal = Personal
window-tab-contacts = Contacts
window-tab-invoice = Invoice data
window-tab-addresses = Notices
window-tab-rights = Rights
window-tab-history = Changes
window-tab-key = USB key
window-now-is = Now it is
window-sign-change = Change of own data
window-sign-change-approval = Approve this change of rights
window-sign-change-refusal = Refuse this change of rights
window-change-needs-second = Another user of yours who may administer has to approve this change, under Approvals. Until then nothing changes.
window-outcome-change-waits = The change waits for a second administrator of yours, for at most 14 days. Until then nothing changes.
window-contact = Contact
window-contact-name = Name
window-add-contact = Add a contact
window-remove = Remove
window-no-contacts = The power company knows no contact of yours yet.
window-invoice-note = Tax invoices are made out to this buyer. Bills that have been issued stay as they are.
window-no-addresses = No address for notices was given: they are served in this program only.
window-address-of = Where notices go
window-edit = Change
window-give-rights = Give or take rights
window-rights-note = What is given on a contract account stands in place of the user’s own rights there and can only take away from them. A second administrator has to approve it; nobody decides on his own rights.
window-rights-not-yours = Only users who may administer change rights.
window-may = May
window-these-rights = These rights
window-own-rights = The user’s own
window-hidden = None: hide the account
window-own-again = The user’s own again
window-given = Given here: { $rights }
window-list-comma = { ", " }
window-rights-of = Rights of { $user } on { $account }
window-waiting-changes = Changes of rights
window-look-at = Show
window-close = Close
window-no-changes = Nothing was changed yet.
window-version = Version
window-version-since = Version { $version }, since { $at }
window-nothing-given = Nothing was given yet.
window-start-over = Start over
window-form-stale = Somebody changed this meanwhile. What you wrote is still here; start over on what is there now before you sign.
err-window-changed = Somebody changed this meanwhile; nothing was signed.
rec-window-changed = Refresh, look at what is there now, and start over.
window-wrong-row = Contact { $row }: { $wrong }
window-wrong-name = write a name
window-wrong-reach = write a telephone number or an e-mail address
window-wrong-phone = a telephone number has a digit
window-wrong-email = this is no e-mail address
window-wrong-title = Write the registered name of the enterprise.
window-wrong-tax-number = Write the tax number.
window-wrong-account = This is no number of a contract account.
window-certificates = Certificates
window-days-left = { $days ->
    [one] 1 day left
   *[other] { $days } days left
 }
window-to-log-in = To log in
window-to-sign = To sign
window-certificate-serial = Serial number
window-issued-by = Issued by
window-valid = Valid
window-from-until = { $from } to { $until }
window-thumbprint = SHA-256
window-pin-heading = PIN
window-change-pin-note = The session is locked first, so that nobody else goes on with it. What you filled in comes back when you unlock with the new PIN.
window-renew = Renewal
window-renew-note = The issuing desk of your power company renews the certificates; it needs the key itself, or tells you how to send a request. Ask in good time: with an expired certificate the key opens nothing. Give these data:
window-key-data = Data of the USB key
window-copy-key-data = Copy these data
window-copied = Copied.
window-key-lost = Lost or stolen
window-key-lost-note = Call { $company } at once, at the number of the letter that came with the USB key, and name its serial number { $serial }. From that call on the key is unbound and its certificates are revoked: it opens no session and signs nothing that counts. Orders that it signed before stay as they are; ask at the same time to have those cancelled that you do not know. Without the PIN nobody can use the key, and a few wrong ones lock it. This program cannot report it for you: it could not tell you from who found the key.
window-other-accounts = all other accounts

# Files of orders
window-pay-by-file = Pay by a file of orders
window-order-file = File of orders
window-order-file-note = CSV or one JSON object a line, as a treasury system writes them; the columns are bill or account, amount, currency, reference, source, execute. Nothing of a file counts until all of it is right, and the same line is never paid twice.
window-file-path = File
window-file-path-hint = such as ~/Documents/orders.csv
window-choose-file = Choose …
window-no-chooser = This desktop offers no window for choosing files: write where the file is.
window-preview = Preview
window-files-found = In your documents and downloads:
window-previewing = Asking about line { $n } of { $of } …
window-building = Checking order { $n } of { $of } …
window-stop = Stop
window-stopping = Stopping …
window-file-wrong = What is not right
window-file-not-right = { $count ->
    [one] One thing is
   *[other] { $count } things are
 } not right with this file. Nothing of it counts until all is put right.
window-file-again = This file was imported before, at { $at }.
window-back-to-form = Back to the form
window-signatures = Signatures
window-orders-count = { $orders ->
    [one] 1 order
   *[other] { $orders } orders
 }
window-bills-and-sum = { $bills ->
    [one] 1 bill
   *[other] { $bills } bills
 }, { $sum }
window-plus-penalty = + { $penalty } penalty
window-sign-order-file = All orders of the file
window-pin-for-all = Type the PIN again: it signs all these orders, one after the other, and nothing else.
window-pin-for-each = The key asks for its PIN once for each of these orders.
window-order-of = Order { $n } of { $of }, { $total }
window-not-signed = not signed
window-signing = being signed …
window-file-under-way = { $accepted } of { $of } orders are taken in. Stopping leaves the rest unsigned.
window-file-accepted = All { $of } orders are taken in. This page follows them until the bank has booked them; you can leave it at any time.
err-window-file-stopped = You stopped: { $signed } of { $of } orders were signed, the others were not.
rec-window-file-stopped = What was signed stays as it is, see Payments. To pay the rest, preview the file again: what was ordered is not ordered twice.
err-window-file-refused = { $refused } of { $of } orders were refused; nothing of those was paid.
rec-window-file-refused = Look at what each says. To order their bills anew, preview the file again: what was taken in is not ordered twice.
err-window-file-part = { $accepted } of { $of } orders are taken in; the others were not, and nothing of them was paid.
rec-window-file-part = To pay the rest, preview the file again: what was ordered is not ordered twice.
window-pin-right = The PIN is right. Connecting to the service …

# The first start, diagnostics
window-setup-title = Set up Wattkey
window-setup-module = Your USB key
window-setup-service = Your power company’s payment service
window-setup-try = Compare and try
window-setup-module-note = Plug in the USB key that your power company gave you. This PC talks to it through a module that comes with the key’s driver; those that were found here are offered.
window-module = Module of the USB key
window-look-for-keys = Look for the USB key
window-no-key-seen = The module works and sees no USB key. Plug it in and look again, or go on and plug it in later.
window-keys-seen = Found: { $keys }
window-setup-service-note = The letter of your power company names its payment service and comes with the certificates of its two CAs. If it came with a configuration, take that over; otherwise fill in what the letter says.
window-setup-from = Configuration from your power company, as a file
window-take-over = Take over
window-service-ca = Certificate of the service CA
window-issuing-ca = Certificate of the issuing CA
window-need-audience = Write the payment service as https://pay.example, without anything behind the name.
window-need-server = Write the address with its port: pay.example:443
window-need-service-ca = Name the file with the certificate of the service CA.
window-need-issuing-ca = Name the file with the certificate of the issuing CA.
window-need-module = Name the module of the USB key.
window-setup-compare = Compare these names and digests with the letter of your power company, character by character: whoever has these certificates decides whom this program believes. If one differs, do not go on, and call your power company.
window-setup-file = This is written to { $file }, where the command line finds it too.
window-key-good = { $key } was issued by this power company and can be used.
window-next = Next
window-finish = Finish
window-configuration = Configuration
window-clock = Clock
window-clock-fine = goes with the service’s
window-diagnostics = Diagnostics
window-diagnostics-note = For your power company’s support. Neither PIN nor keys are in it, nor names, account numbers or bills.
window-copy-report = Copy report
window-key-lost-ask = USB key lost or stolen?
window-key-lost-now = Call your power company at once, at the number of the letter that came with the USB key. From that call on the key opens no session and signs nothing that counts; orders that were signed before stay as they are. Without the PIN nobody can use the key, and a few wrong ones lock it.
