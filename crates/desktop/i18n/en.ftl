# Words of the window; all others are the payment software's (crates/client/i18n).
window-page-overview = Account overview
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
window-warning-overdue = Falling due
window-warning-unknown = Could not be reckoned
window-notices = Notices
window-notice-text = { $bills ->
    [one] 1 bill
   *[other] { $bills } bills
 }, { $total }, served { $served }
window-cut-off-at = Supply is going to be cut at { $time }
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

# Paying
window-what-is-paid = What is paid
window-all-due = All that is overdue
window-choose-bills = Choose bills
window-nothing-chosen = No bill is chosen yet.
window-leave-out = Leave out
window-amount-of = Amount of
window-all-open = all that is open
window-amount-wrong = not an amount of this bill
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
window-i-agree = I have read it and agree to pay
window-pin-sign = PIN, to sign
window-pin-again-to-sign = Type the PIN again: it signs this one order.
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
window-outcome-accepted = The order is accepted. This page follows it until the bank has booked it; you can leave it at any time.
window-outcome-settled = Paid. The receipt proves it.
window-outcome-approval = The order waits for a second person of yours. Nothing is paid until then.
window-outcome-rejected = The bank did not carry it out. The bills are open again.
window-outcome-done = Done.
window-outcome-never = The order ended without having been accepted. Nothing was paid.
window-ask-again = Ask again
window-save-receipt = Save the receipt
err-window-ask-later = It is not known yet whether the service has it; it may still be under way.
rec-window-ask-later = It is asked for again by itself; from { $from } on the answer is final. Do not pay the bills otherwise meanwhile.
err-window-leave-to = What { $who } signed is not known to the service.
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
