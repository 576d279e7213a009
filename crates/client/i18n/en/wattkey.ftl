# Help. Ids are made of the command and its argument.
help = Pay electricity bills with a USB key
help-more =
    Exit codes: 0 done; 1 this PC; 2 command line or file; 10 to 19 the USB key; 20 to 27 its PIN;
    30 to 33 the way to the service; 40 to 46 the order, receipt or bill. README.md lists each.
help-heading-usage = Usage:
help-heading-commands = Commands
help-heading-arguments = Arguments
help-heading-options = Options
help-heading-common = Common options
help-common-config = Configuration file (otherwise WATTKEY_CONFIG, then ~/.config/wattkey/config.toml)
help-common-key = Serial number of the USB key, when several are plugged in
help-common-pin-fd = Read the PIN as one line from this file descriptor instead of the terminal
help-common-last-try = Use the last try for the PIN without being asked
help-common-json = Write JSON for programs; see README.md for its shapes
help-common-lang = Language: en or zh (otherwise LC_ALL, LC_MESSAGES, LANG)
help-common-help = Show this help
help-common-version = Show the version
help-keys = List the USB keys that are plugged in; needs no PIN
help-keys-watch = Go on: one line for each key that is plugged in or pulled out, until Ctrl-C
help-keys-seconds = With --watch: end after so many seconds
help-pin = Change the PIN of the USB key, or unblock it
help-pin-change = Change the PIN; also when it must be changed before first use
help-pin-change-new-pin-fd = Read the new PIN as one line from this file descriptor
help-pin-change-more =
    How the PIN stands is said first. A wrong old PIN costs a try, as everywhere; a new PIN
    that is not good enough costs none, because the key does not see it.

    A new PIN
      has at least 6 characters and no more than the key takes: each one less makes it easier to guess;
      has only letters, digits and signs of ASCII: all keyboards and pads type them alike;
      has three different characters or more and is no sequence: 111111 and 123456 are tried first;
      is no part of the serial number, which everybody can read, and not the old PIN.

    --pin-fd and --new-pin-fd may name the same descriptor: the old PIN is its first line,
    the new PIN the second. On a key with a pad of its own both are typed there.
    Exit codes: 20 wrong PIN, 21 PIN locked, 24 new PIN not good enough, 27 typed on the key’s pad only.
help-pin-unblock = Set a new PIN with the PUK, when the PIN is locked
help-pin-unblock-puk-fd = Read the PUK as one line from this file descriptor
help-pin-unblock-new-pin-fd = Read the new PIN as one line from this file descriptor
help-pin-unblock-more =
    The PUK is the number that the issuing desk handed out with the key, in its letter. It sets a
    new PIN when too many wrong ones were typed. Wrong PUKs are counted too, three as a rule, and
    when they are used up nothing unblocks the key any more: the issuing desk issues a new one.
    The new PIN follows the rules of "wattkey pin change".

    --puk-fd and --new-pin-fd may name the same descriptor: the PUK is its first line, the new
    PIN the second. Neither PUK nor PIN is ever sent to anyone but the key.
    Exit codes: 24 new PIN not good enough, 25 wrong PUK, 26 PUK locked, 27 typed on the key’s pad only.
help-whoami = Show user, customer and USB key as the service knows them
help-accounts = List contract accounts with what is open
help-bills = List bills, newest first
help-bills-state = Only bills in this state: open, overdue, in-collection, paid or cancelled
help-bills-account = Only bills of this contract account
help-bill = One bill
help-bill-show = Show a bill: its lines, what is open, what paying it takes
help-bill-show-bill = The bill
help-bill-save = Keep a bill document, byte for byte as it came
help-bill-save-bill = The bill
help-bill-save-to = File to write (otherwise bill-BILL.json)
help-bill-save-force = Replace the file when it exists
help-bill-reckon = Reckon a bill again from tariff and readings, and say what differs
help-bill-reckon-more =
    With a bill’s id its tariffs and readings come from the service. With --tariff and --readings
    all three are files, described in README.md, and neither USB key nor network is needed.
    Exit code 46 when the bill differs.

    Examples
      wattkey bill reckon B-202608-0001
      wattkey bill reckon bill.json --tariff tariff.json --readings august.json
help-bill-reckon-bill = The bill; or with --tariff and --readings the file that `wattkey bill save` keeps
help-bill-reckon-tariff = A tariff; say it again for each tariff of the account
help-bill-reckon-readings = What the meters showed in the month
help-pay = Pay bills: show what is signed, ask, sign, send
help-pay-bills = The bills to pay, all of them that is open
help-pay-amount = Pay this much of a bill; its own penalty comes on top; say it again for each bill
help-pay-oldest-first = Spread this amount, penalties included, over the open bills, the oldest first
help-pay-all-due = Pay all open bills whose due day has come
help-pay-account = With --oldest-first or --all-due: only bills of this contract account
help-pay-to-deposit = Pay this much into a contract account’s deposit as well, or alone
help-pay-rest-to-deposit = With --oldest-first: pay what is left into the deposit of this contract account
help-pay-from-deposit = Pay from the deposit of this contract account
help-pay-by-transfer = Pay by a transfer of your own: shows the amount and the reference for it
help-pay-save-transfer = With --by-transfer: write the transfer for your bank (pain.001) to this file
help-pay-on = Have it collected on this day, 1 to 90 days ahead, such as 2026-11-30
help-pay-more =
    What will be signed is shown first, line by line, from the very bytes; then you type the total.

    Examples
      wattkey pay B-202608-0001                           all that is open of one bill
      wattkey pay --amount B-202608-0001=5000.00          a part; the rest stays open
      wattkey pay --oldest-first 200000.00                as far as the amount goes
      wattkey pay --oldest-first 200000.00 --rest-to-deposit C-0001
      wattkey pay --all-due --account C-0001 --on 2026-11-30
      wattkey pay B-202608-0001 --to-deposit C-0001=1000.00
      wattkey pay B-202608-0001 --from-deposit C-0001
      wattkey pay --all-due --by-transfer --save-transfer transfer.xml

    Above what you may sign alone, the order waits until another person approves it.
    Exit codes: 40 refused, or not carried out; 41 outcome unknown; 42 other total; 43 not confirmed.
help-top-up = Pay into the deposit of a contract account
help-top-up-account = The contract account
help-top-up-amount = The amount, such as 5000.00
help-top-up-more =
    Examples
      wattkey top-up C-0001 5000.00
      wattkey top-up C-0001 5000.00 --by-transfer
help-refund = Have a deposit paid out to the bank account of a debit mandate
help-refund-account = The contract account whose deposit is paid out
help-refund-amount = The amount, such as 5000.00
help-refund-mandate = Debit mandate whose bank account is paid, when there are several
help-refund-more =
    Example
      wattkey refund C-0001 5000.00 --mandate M-0001
help-deposits = List what contract accounts have in their deposits
help-approvals = List the orders that await the decision of another person
help-approve = Approve an order that somebody else signed
help-approve-order = The order id (see: wattkey approvals)
help-approve-more =
    The signed order is fetched and its signature verified on this PC; you see what its signer saw.
    Whoever signed an order does not approve it.

    Example
      wattkey approve 7d3f0b8e-3a52-4d0c-9a41-6f2b8f0f1c11
help-refuse = Refuse an order that somebody else signed
help-refuse-order = The order id (see: wattkey approvals)
help-cancel = Cancel an order before anything of it went to the bank
help-cancel-order = The order id (see: wattkey payments)
help-standing = Standing instructions: what a deposit pays by itself
help-standing-list = List the standing instructions
help-standing-give = Let a deposit pay bills by itself on the day they fall due
help-standing-give-deposit = The contract account whose deposit pays
help-standing-give-account = Pay the bills of this contract account (otherwise of the deposit’s); say it again for each
help-standing-give-most = Leave bills alone that take more than this
help-standing-give-keep = Keep at least this much in the deposit
help-standing-give-from = From this day on (otherwise today)
help-standing-give-until = Up to and with this day (otherwise until it is ended)
help-standing-give-yes = Do not ask
help-standing-give-more =
    Example
      wattkey standing give C-0001 --account C-0001 --account C-0002 --most 50000.00 --keep 1000.00
help-standing-end = End a standing instruction
help-standing-end-instruction = Its id (see: wattkey standing list)
help-standing-end-yes = Do not ask
help-order-mandate = Debit mandate to collect under, when there are several
help-order-reference = Your own reference, up to 35 characters
help-order-expect-total = Refuse unless the total is this, such as 12369.69
help-order-yes = Do not ask; only together with --expect-total
help-order-sign-pin-fd = Read the PIN for the signature as one line from this file descriptor
help-order-wait = Wait up to so many seconds for the bank
help-order-by-transfer = Pay by a transfer of your own: shows the amount and the reference for it
help-order-save-transfer = With --by-transfer: write the transfer for your bank (pain.001) to this file
help-pay-resume = Find out what became of all that was signed here and is of unknown outcome
help-pay-signed = Send an order that is signed already (see payment export)
help-payments = List the orders of the customer, newest first
help-payment = One order
help-payment-show = Show an order with its history
help-payment-show-order = The order id
help-payment-export = Write the signed order from the journal to a file
help-payment-export-order = The order id
help-payment-export-to = File to write
help-payment-export-force = Replace the file when it exists
help-receipt = Receipts
help-receipt-save = Fetch the receipt of an order, verify it, keep it
help-receipt-save-order = The order id
help-receipt-save-to = File to write (otherwise receipt-ORDER.json)
help-receipt-save-force = Replace the file when it exists
help-receipt-verify = Verify a receipt offline
help-receipt-verify-file = File with the receipt
help-receipt-verify-service-ca = Certificate of the service CA (otherwise that of the configuration)
help-mandates = List the debit mandates
help-check = Check configuration, USB key, server and clock

# Columns of tables
column-account = Account
column-address = Address
column-amount = Amount
column-balance = Balance
column-billed = Billed
column-reckoned = Reckoned
column-difference = Difference
column-why = Why
column-bill = Bill
column-bills = Bills
column-created = Ordered
column-currency = Currency
column-debtor = Account holder
column-debtor-account = Bank account
column-due = Due
column-holder = Holder
column-in-collection = In collection
column-lapses = Lapses
column-line = Item
column-mandate = Mandate
column-name = Name
column-open = Open
column-order = Order
column-organisation = Organisation
column-overdue = Overdue
column-period = Period
column-pin = PIN
column-price = Price
column-quantity = Quantity
column-reader = Reader
column-serial = Serial number
column-signed = Signed
column-state = State
column-total = Total
column-unit = Unit
column-usable = Usable
column-user = Signed by
column-valid-until = Valid until

# Labels of what is signed; the codes are those of protocol::order::render
label-payee = Payee
label-payee-account = Payee’s account
label-audience = Payment service
label-customer = Customer
label-user = Signed by
label-bill = Bill
label-account = Contract account
label-period = Billing month
label-document = Digest of the bill document
line-billed = Billed
line-reckoned = Reckoned
line-difference = Difference
line-power-factor = Power factor
part-revenue = Electricity, billed / reckoned
part-tax = Tax, billed / reckoned
part-levies = Levies, billed / reckoned
reckon-share = { $line } ({ $days } of { $of } days)
bill-saved = The bill document is kept in { $file }.
label-principal = Principal
label-penalty = Late-payment penalty
label-quote-until = Amounts hold until
label-deposit = Into the deposit of
label-deposit-amount = Paid into the deposit
label-refund = Paid out to the account of mandate
label-refund-account = Account that is paid
label-refund-amount = Paid out of the deposit
label-total = Total
label-source = Paid by
label-mandate = Debit mandate
label-debtor-account = Account to be debited
label-creditor-reference = Reference of the transfer
label-from-deposit = From the deposit of
label-execute = Day of collection
label-reference = Your reference
label-created = Made at
label-expires = Can be accepted until
label-order = Order id
label-decision = Decision
label-order-digest = Digest of the order
label-terms = Standing instruction
label-terms-deposit = Paid from the deposit of
label-terms-account = Bills of contract account
label-terms-most = At most for one bill
label-terms-keep = Stays in the deposit
label-terms-from = From
label-terms-until = Until
label-instruction = Instruction id
source-mandate = collection under a debit mandate
source-transfer = your own transfer
source-deposit = a deposit
decision-approve = approved
decision-refuse = refused
decision-cancel = cancelled
terms-given = given
terms-ended = ended
value-unbounded = no bound
value-days = { $days ->
        [one] 1 day late
       *[other] { $days } days late
    }

# Other labels
line-user = User
line-customer = Customer
line-rights = Rights
line-key = USB key
line-bound = Bound since
line-key-expires = Key expires
line-payee = Payee
line-issued = Issued
line-due = Due
line-state = State
line-amount = Bill amount
line-open = Open
line-in-collection = In collection
line-to-pay = To pay
line-order = Held or paid by order
line-as-of = As of
line-order-digest = Order digest
line-ended = Ended
line-limit-day = Limit of a day
line-limit-used = Used of it today
line-limit-alone = Without another’s approval
awaiting-approval = Awaits approval until
awaiting-transfer = Awaits your transfer until
awaiting-day = Goes to the bank

# States and rights
state-accepted = accepted
state-submitted = with the bank
state-settled = settled
state-rejected = rejected by the bank
state-returned = returned by the bank
state-awaiting-approval = awaits approval
state-refused = refused by the approver
state-cancelled = cancelled
state-lapsed = lapsed
state-in-force = in force
state-ended = ended
bill-state-open = open
bill-state-overdue = overdue
bill-state-in-collection = in collection
bill-state-paid = paid
right-view = view
right-prepare = prepare
right-approve = approve
standing-signed = signed, not sent
standing-sent = outcome unknown
standing-refused = refused ({ $problem })
standing-never-accepted = never accepted

# Why a USB key cannot be used; state of its PIN; names of checks
why-no-certificate = no: no certificate
why-foreign = no: of another issuer
why-expired = no: expired
why-not-yet-valid = no: not valid yet
why-wrong-role = no: wrong certificate
why-copied = no: certificates of another key
why-invalid = no: broken certificate
why-pin-ok = ok
why-pin-low = a wrong one was typed
why-pin-last-try = last try
why-pin-locked = locked
why-pin-not-set = not set
why-pin-to-be-changed = must be changed first
why-pin-unknown = not known (see: wattkey keys)
why-check-config = configuration
why-check-journal = order journal
why-check-module = USB key module
why-check-key = USB key
why-check-pin = PIN
why-check-server = server
why-check-clock = clock
yes = yes
key-line = { $serial } ({ $holder }) in { $reader }; PIN: { $pin }; usable: { $usable }
key-line-nobody = no certificates
key-line-gone = { $serial } from { $reader }
event-present = present:
event-plugged-in = plugged in:
event-pulled-out = pulled out:
event-module-restarted = the USB key’s module failed and was restarted; all keys are locked
when-reading = while it was being read
when-unlocking = while it was being unlocked
when-connecting = while the connection was being set up
when-signing = while the order was being signed
when-changing = while its PIN was being changed
when-unblocking = while its PIN was being unblocked
means-not-signed = No order was signed or sent: nothing is paid.
means-nothing-signed = Nothing was signed or sent.
means-not-sent = The order was not sent by this command.
means-still-unknown = Nothing was changed: what was of unknown outcome still is.
means-pin-unknown = Whether the old or the new PIN holds now is not known; a wrong one costs a try, the right one clears the count.
rule-too-short = it has fewer than { $least } characters, and each one less makes it easier to guess
rule-too-long = it has more than { $most } characters, which the USB key does not take
rule-characters = it has characters that not every keyboard and pad types alike; use letters, digits and signs of ASCII
rule-digits = it has other characters than digits, and keys of this kind take digits only
rule-too-simple = it has fewer than three different characters, and such PINs are tried first
rule-sequence = its characters follow each other, and such PINs are tried first
rule-serial-number = it is a part of the serial number, which everybody can read
rule-not-new = it is the old PIN or the PUK, which somebody may have seen

# Talk
fault-line = Error: { $message }
next-line = Next: { $next }
pin-prompt = PIN of the USB key { $key }:
pin-prompt-sign = PIN again, to sign:
pin-prompt-old = Present PIN:
puk-prompt = PUK:
new-pin-prompt = New PIN:
new-pin-prompt-again = New PIN again:
new-pin-rules = A new PIN has { $least } to { $most } characters; no sequence, no repetition, no part of the serial number, not the old one.
new-pin-again = { $why } The USB key has not seen it; choose another.
pin-now = USB key { $key }. PIN: { $pin }
pin-on-pad = { $pin }; typed on the key’s pad
pin-on-device = Type the PIN on the USB key or its reader ({ $reader }), not here.
pin-changed = The PIN is changed. It is now: { $pin }
pin-unblocked = The USB key is unblocked and has its new PIN. It is now: { $pin }
pin-not-locked = The PIN is not locked; with the old PIN, "wattkey pin change" is enough.
puk-tries = The USB key does not tell how many tries the PUK has left. Make sure of it: when they are used up, the key is lost.
pin-low = A wrong PIN was entered before; few tries are left.
pin-last-try = This is the last try: another wrong PIN locks the USB key.
pin-last-try-agree = Type "yes" to go on:

order-shown = You are about to sign:
confirm-prompt = Type the total ({ $total }) to sign; anything else stops:
confirm-approve = Type the total ({ $total }) to approve; anything else stops:
confirm-refuse = Type the total ({ $total }) to refuse the order; anything else stops:
confirm-cancel = Type the total ({ $total }) to cancel the order; anything else stops:
confirm-word = Type "yes" to sign; anything else stops:
order-reviewed = This order was signed:
order-signed-with = Its signature is good: made with the USB key { $serial }, issued by the power company.
decision-shown = You are about to sign this decision on it:
instruction-shown = You are about to sign this standing instruction:
needs-approval = Your signature alone is not enough for this order: another person has to approve it.
amount-left = Nothing is open for { $left } of the amount.
transfer-told = Transfer { $total } to { $payee }, account { $account }, with the reference { $reference }
transfer-saved = The transfer for your bank is in { $file }.
order-awaits-approval = The order is signed and waits for the approval of another person (wattkey approve).
decision-taken = The decision is taken.
instruction-taken = The standing instruction is taken.
order-accepted = The order is accepted.
progress = The order is now: { $state }
not-settled-yet = The bank has not booked order { $order } yet; see: wattkey payment show { $order }
asking-outcome = The answer to order { $order } was lost; asking what became of it …
nothing-found = There is nothing to list.
nothing-to-resume = No order of unknown outcome.
unresolved-order = Order { $order } is of unknown outcome; find out with: wattkey pay --resume
order-exported = The signed order is in { $file }.
receipt-saved = The receipt is verified and kept in { $file }.
receipt-good = The receipt is genuine.
receipt-good-in-pdf = The receipt that the PDF carries is genuine; it says what follows. The pages of the PDF were not looked at: believe them only as far as they say the same.
clock-off = This PC’s clock is { $minutes } minutes off; the service’s time was used. Set the clock.
journal-damaged-note = The journal’s file { $file } was left alone: { $why }. It may hold an order of unknown outcome.
check-damaged = { $file } is left alone: { $why }
damage-torn = it is not whole
damage-changed = its content was changed
damage-other-order = it belongs to another order
damage-unreadable = it cannot be read
damage-other-form = what it holds is of another form than this program’s
check-good = good: { $check } ({ $detail })
check-pin-right = right

# Faults: err- says what is wrong, rec- what to do next
err-harden = The program cannot protect its memory: { $cause }
rec-harden = Run it as an ordinary program of this system, without tracing.
err-runtime = The program cannot start its threads: { $cause }
rec-runtime = Close other programs and try again.
err-output = The result cannot be written: { $cause }
rec-output = Check where the output goes, then ask again; nothing is lost at the service.
err-usage-unknown = { $word } is not an option or argument of this command.
rec-usage-unknown = See the options with --help.
err-usage-command = "{ $word }" is not a command.
rec-usage-command = See the commands with: wattkey --help
err-usage-no-command = A command is missing.
rec-usage-no-command = See the commands with: wattkey --help
err-usage-missing = Something is missing: { $word }
rec-usage-missing = Add it; see --help.
err-usage-value = The value for { $word } is missing or not possible.
rec-usage-value = See what is possible with --help.
err-usage-day = The value for { $word } is missing or no day.
rec-usage-day = Write it like 2026-11-30.
err-usage-conflict = { $word } does not go together with the other options.
rec-usage-conflict = See --help.
err-usage-other = The command line is not understood: { $word }
rec-usage-other = See --help.
err-usage-id = "{ $word }" is not an identifier of this kind.
rec-usage-id = Copy it from the list: { $list }
err-usage-pair = "{ $word }" does not name an amount.
rec-usage-pair = Write it like B-202608-0001=5000.00.
err-config-missing = There is no configuration file { $file }.
rec-config-missing = Name it with --config, or ask the power company for one.
err-config-no-place = There is no place for a configuration: HOME is not set.
rec-config-no-place = Name the file with --config.
err-config-shape = The configuration { $file } is not right: { $reason }
rec-config-shape = Correct it there.
err-file-read = The file { $file } cannot be read: { $cause }
rec-file-read = Check its name and permissions.
err-file-write = The file { $file } cannot be written: { $cause }
rec-file-write = Choose another place or make room there.
err-file-exists = The file { $file } exists already.
rec-file-exists = Name another file, or replace it with --force.
err-anchor = { $file } is not the certificate of a CA: { $reason }
rec-anchor = Use the PEM file that the power company gave you.
err-no-key = No USB key is plugged in.
rec-no-key = Plug in the USB key and try again; with --watch "wattkey keys" shows when it is seen.
err-key-not-plugged-in = The USB key { $serial } is not plugged in.
rec-key-not-plugged-in = Plug it in, or see what is there with: wattkey keys
err-key-removed = The USB key was pulled out { $when }.
rec-key-removed = Plug it in again and repeat the command.
err-key-removed-pin = The USB key was pulled out { $when }. The PIN was shown to it once at most and is not repeated.
rec-key-removed-pin = Plug it in again; "wattkey keys" shows how its PIN stands. Then repeat the command.
err-key-pulled = The USB key was pulled out; the session was ended.
rec-key-pulled = Plug it in again and repeat the command.
err-key-restarted = The USB key’s module failed and was restarted, so the key is locked again; the session was ended.
rec-key-restarted = Repeat the command.
err-key-unwatched = It can no longer be told whether the USB key is plugged in; the session was ended.
rec-key-unwatched = Unplug the key, plug it in again and repeat the command.
err-session-locked = The session is locked.
rec-session-locked = Unlock the USB key again.
err-key-hung = The USB key’s module did not answer in time { $when }; it was stopped.
rec-key-hung = Repeat the command; if it happens again, unplug the key and plug it in again.
err-key-hung-pin = The USB key’s module did not answer in time { $when }; it was stopped. The PIN was shown to it once and is not repeated. PIN now: { $pin }
rec-key-hung-pin = Look with "wattkey keys" first; then repeat the command. If it happens again, plug the key in anew.
err-key-crashed = The USB key’s module crashed { $when }.
rec-key-crashed = Repeat the command; if it happens again, update the key’s driver.
err-key-crashed-pin = The USB key’s module crashed { $when }. The PIN was shown to it once and is not repeated. PIN now: { $pin }
rec-key-crashed-pin = Look with "wattkey keys" first; then repeat the command. If it happens again, update the key’s driver.
err-key-nonsense = The USB key’s module answered nonsense { $when }: { $what }
rec-key-nonsense = Unplug the key and plug it in again; if it stays so, update its driver or ask the issuing desk.
err-key-host = The program cannot start its helper process for the USB key: { $cause }
rec-key-host = Close other programs and try again; nothing was asked of the USB key.
err-key-refuses = The USB key does not do what its certificates say: { $cause }
rec-key-refuses = Ask the issuing desk to issue the key again.
err-no-key-service = No USB key can be seen: the system’s smart-card service (pcscd) does not run.
rec-no-key-service = Start it, for instance with: systemctl start pcscd.socket
err-several-keys = Several USB keys are plugged in: { $keys }
rec-several-keys = Name one with --key SERIAL, or unplug the others.
err-foreign-key = The USB key { $serial } was issued by somebody else.
rec-foreign-key = Plug in the key that the power company issued.
err-foreign-by-server = The security server does not know the issuer of this USB key.
rec-foreign-by-server = Ask the issuing desk whether the key is still the right one.
err-expired-key = The USB key { $serial } expired on { $at }.
rec-expired-key = Ask the issuing desk to renew it.
err-expired-by-server = By the service’s clock the USB key has expired.
rec-expired-by-server = Ask the issuing desk to renew it.
err-key-not-yet-valid = The USB key { $serial } is valid only from { $at }, later than this PC’s clock.
rec-key-not-yet-valid = Set the PC’s clock; if it is right, ask the issuing desk.
err-key-role = On the USB key { $serial } the certificate in { $place } is not one for its job ({ $wanted }).
rec-key-role = Ask the issuing desk to issue the key again.
err-role-by-server = The service refuses this USB key for this job.
rec-role-by-server = Use a user’s key here, not a manager’s; ask the issuing desk.
err-key-no-certificate = The USB key { $serial } has no certificate in { $place }.
rec-key-no-certificate = Ask the issuing desk to issue it.
err-key-copied = The certificates on the USB key { $serial } belong to another key.
rec-key-copied = Do not use it; tell the issuing desk.
err-key-invalid = A certificate on the USB key { $serial } is not good: { $reason }
rec-key-invalid = Ask the issuing desk to issue the key again.
err-key-module = The USB key’s module { $module } does not work: { $cause }
rec-key-module = Install the key’s driver, or correct "module" in the configuration.
err-key-module-missing = There is no module for USB keys at { $module }.
rec-key-module-missing = Install the key’s driver, or correct "module" in the configuration.
err-key-fault = The USB key failed { $when }: { $cause }
rec-key-fault = Unplug it, plug it in again and repeat; "wattkey keys" shows how its PIN stands.
err-key-refused = The security server refuses the USB key’s certificate ({ $cause }).
rec-key-refused = Ask the issuing desk.
err-unbound = The USB key is not bound to a user: it was reported lost, or replaced.
rec-unbound = Use your present key, or ask the issuing desk.
err-revoked = The USB key’s certificate is revoked.
rec-revoked = Ask the issuing desk for a new key.
err-wrong-pin = The PIN is wrong. The program stops here; the USB key counts wrong tries.
rec-wrong-pin = Make sure of the PIN, then repeat the command.
err-wrong-pin-last = The PIN is wrong. One try is left; after it the USB key is locked.
rec-wrong-pin-last = Make sure of the PIN first; the issuing desk can help.
err-wrong-pin-locked = The PIN was wrong and the USB key is now locked.
rec-wrong-pin-locked = With its PUK: wattkey pin unblock. Without it the issuing desk can unblock the key.
err-pin-locked = The USB key’s PIN is locked: too many wrong ones were typed.
rec-pin-locked = With its PUK: wattkey pin unblock. Without it the issuing desk can unblock the key.
err-pin-not-set = The USB key has no PIN yet.
rec-pin-not-set = Ask the issuing desk to issue it.
err-pin-length = A PIN of this USB key is never so short or so long. It was not shown to the key and not counted as a try.
rec-pin-length = Enter the PIN again.
err-pin-unsuitable = The PIN has characters that this USB key’s PINs never have. It was not counted as a try.
rec-pin-unsuitable = Enter the PIN again.
err-pin-to-be-changed = The USB key’s PIN must be changed before the key can be used.
rec-pin-to-be-changed = Change it with: wattkey pin change
err-new-pin = The new PIN is not good enough: { $rule }.
rec-new-pin = Choose another; the USB key has not seen this one, and no try was counted.
err-new-pin-differs = The new PIN was not typed the same way twice.
rec-new-pin-differs = Repeat the command; the USB key has seen nothing, and no try was counted.
err-new-pin-refused = The USB key does not take the new PIN: its length or characters are not possible there.
rec-new-pin-refused = Choose another, for instance of 6 to 8 digits; the old PIN still holds.
err-wrong-puk = The PUK is wrong. The USB key counts wrong PUKs; the new PIN was not set.
rec-wrong-puk = Make sure of the PUK, then repeat the command. When its tries are used up, the key is lost.
err-puk-locked = The USB key’s PUK is locked: nothing unblocks the key any more.
rec-puk-locked = Ask the issuing desk for a new key; orders that were sent are not affected.
err-unblock-unsupported = The USB key’s module does not unblock PINs as it is set up.
rec-unblock-unsupported = For the one who looks after this PC: { $hint }. Or go to the issuing desk.
err-pin-pad-only = The PIN of this USB key is typed on the key or its reader, and is not taken from anywhere else.
rec-pin-pad-only = Leave out --pin-fd and the like, and type it there when asked.
err-pin-pad-missing = This USB key has no pad of its own to type a PIN on.
rec-pin-pad-missing = Type the PIN here, or use --pin-fd.
err-pin-last-try = One try is left for the PIN, and nobody agreed to use it.
rec-pin-last-try = Run the command on a terminal and confirm, or add --last-try.
err-pin-unreadable = No PIN could be read: { $cause }
rec-pin-unreadable = Give one line with the PIN to --pin-fd, or type it on a terminal.
err-no-pin = A PIN is needed and there is no terminal to ask on.
rec-no-pin = Run it on a terminal, or use --pin-fd (for the signature --sign-pin-fd, for "pin" --new-pin-fd and --puk-fd).
err-server-unreachable = There is no connection to the security server: { $cause }
rec-server-unreachable = Check the network and "server" in the configuration, then try again.
err-server-lost = The connection to the security server broke: { $cause }
rec-server-lost = Try again.
err-unavailable = The service cannot answer now: { $problem }
rec-unavailable = Try again in a few minutes.
err-not-genuine = This is not the power company’s security server: { $cause }
rec-not-genuine = Send nothing there; tell the power company.
err-server-time = By this PC’s clock the server’s certificates or keys are not valid: { $cause }
rec-server-time = Set the PC’s clock; if it is right, tell the power company.
err-clock = The service refuses the time of the request.
rec-clock = Set the PC’s clock and try again.
err-classical-group = The connection has no post-quantum key agreement, so no order travels over it.
rec-classical-group = Tell the power company: something between you and its server changes the connection.
err-request-refused = The service refuses the request: { $problem }
rec-request-refused = Try again; if it stays so, give the power company this message.
err-answer = The service’s answer is not understood: { $reason }
rec-answer = Update this program, or tell the power company.
err-not-found = Your organisation has no such thing.
rec-not-found = Look it up in the list.
err-reckon-document = The file { $file } cannot be used: { $cause }
rec-reckon-document = Correct it at the place that is named; README.md describes the files.
err-reckon-other-month = Bill { $bill } is for { $wanted }, the readings are for { $readings }.
rec-reckon-other-month = Name the readings of that account and month.
err-reckon-impossible = Bill { $bill } cannot be reckoned: { $cause }
rec-reckon-impossible = Complete tariff or readings as it says, and run it again.
err-bill-differs = Bill { $bill } differs from its reckoning by { $difference }.
rec-bill-differs = Show the table to the power company before you pay; the lines with a reason are in question.
err-no-bill = Your organisation has no bill { $bill }.
rec-no-bill = Look it up with: wattkey bills
err-no-order = There is no order { $order }, neither at the service nor in the journal.
rec-no-order = Look it up with: wattkey payments
err-nothing-open = Nothing is open on bill { $bill }.
rec-nothing-open = See it with: wattkey bill show { $bill }
err-nothing-due = There is no open bill to pay.
rec-nothing-due = See them with: wattkey bills
err-too-many-bills = { $count } bills are too many for one order; it takes 100.
rec-too-many-bills = Narrow them down with --account, or name bills.
err-too-much = Only { $open } is open of bill { $bill }, without penalty.
rec-too-much = Pay what is open, and the rest with --to-deposit.
err-amount-malformed = "{ $given }" is not an amount ({ $reason }). Nothing was signed.
rec-amount-malformed = Write it like 12369.69, without commas.
err-no-account = Your organisation has no contract account { $account }.
rec-no-account = Look it up with: wattkey accounts
err-bill-held = Bill { $bill } is held or was paid by order { $order }.
rec-bill-held = See it with: wattkey payment show { $order }
err-document = The document of bill { $bill } does not fit: { $reason }. Nothing was signed.
rec-document = Tell the power company.
err-currencies = The bills are in different currencies: { $one }, { $other }.
rec-currencies = Pay them in one order each.
err-no-mandate = There is no debit mandate in { $currency }.
rec-no-mandate = Ask the power company to register one.
err-unknown-mandate = There is no debit mandate { $mandate } for these bills.
rec-unknown-mandate = Look it up with: wattkey mandates
err-several-mandates = There are several debit mandates: { $mandates }
rec-several-mandates = Name one with --mandate.
err-reference = The reference has more than 35 characters, or some that banks do not carry.
rec-reference = Use A-Z a-z 0-9 / - ? : ( ) . , ' + and space.
err-order-malformed = No order can be made of this: { $cause }
rec-order-malformed = Name each bill once, and at most 100 in one order.
err-order-refused = The service refused the order, nothing was posted: { $problem }
rec-order-refused = Look at the bills again, then make a new order.
err-order-rejected = The bank did not carry out order { $order }; its bills are open again.
rec-order-rejected = See the reason with: wattkey payment show { $order }
err-order-withdrawn = Order { $order } came to nothing ({ $state }); its bills are open again.
rec-order-withdrawn = See who decided with: wattkey payment show { $order }
err-decision-refused = The service did not take the decision: { $problem }
rec-decision-refused = See where the order stands with: wattkey payments
err-order-not-genuine = The signed order cannot be trusted: { $cause }
rec-order-not-genuine = Decide nothing on it; tell the power company.
err-order-unresolved = What was signed on this PC about order { $order } is of unknown outcome.
rec-order-unresolved = Find out first with: wattkey pay --resume
err-transfer-not-saved = Order { $order } is accepted, but its transfer was not written. { $cause }
rec-transfer-not-saved = Transfer the amount with the reference that was shown; see it with: wattkey payment show { $order }
err-no-instruction = There is no standing instruction { $instruction }.
rec-no-instruction = Look it up with: wattkey standing list
err-instruction-ended = The standing instruction { $instruction } has ended already.
rec-instruction-ended = Nothing is left to do.
err-never-accepted = Order { $order } expired without having been accepted; nothing was posted.
rec-never-accepted = Make a new order.
err-unknown-outcome = The outcome of order { $order } is unknown. { $cause }
rec-unknown-outcome = Do not pay again; find out with: wattkey pay --resume
err-order-not-sent = Order { $order } is signed and kept in the journal, but was not sent: nothing is paid. { $cause }
rec-order-not-sent = Plug in the USB key and send it before { $until } with: wattkey pay --resume
err-waiting-ended = { $cause } Order { $order } was accepted before; it is safe in the journal and with the service, and goes on without the key.
rec-waiting-ended = Do not pay again. Plug in the USB key and see: wattkey payment show { $order }
err-unknown-ask-later = The outcome of order { $order } is not final before { $from }.
rec-unknown-ask-later = Find out then with: wattkey pay --resume
err-unknown-signer = Order { $order } has not arrived, and only { $signer } can send it again.
rec-unknown-signer = Have { $signer } run: wattkey pay --resume
err-unknown-customer = Order { $order } is one of { $customer }; your USB key cannot ask for it.
rec-unknown-customer = Have a user of { $customer } run: wattkey pay --resume
err-unresolved = Bill { $bill } is in order { $order }, whose outcome is unknown.
rec-unresolved = Find out first with: wattkey pay --resume
err-total-differs = The total is { $total }, not { $given }. Nothing was signed.
rec-total-differs = Look at the bills again and give the total that you mean.
err-total-malformed = "{ $given }" is not an amount ({ $reason }); the total is { $total }. Nothing was signed.
rec-total-malformed = Write it like 12369.69, without commas.
err-not-confirmed = The order was not confirmed. Nothing was signed.
rec-not-confirmed = To pay, run the command again and type the total.
err-no-terminal-word = There is no terminal to confirm on. Nothing was signed.
rec-no-terminal-word = Run it on a terminal, or use --yes.
err-not-confirmed-word = It was not confirmed. Nothing was signed.
rec-not-confirmed-word = To sign it, run the command again and type the word.
err-execute-day = { $day } is no day that a collection can be ordered for. Nothing was signed.
rec-execute-day = Name a day from { $first } to { $last }, or leave out --on.
why-amount-malformed = it is not digits with at most one point
why-amount-decimals = amounts in this currency have { $decimals } decimals
why-amount-zero = it is zero
why-amount-too-large = it is too large
why-receipt-malformed = this is not a receipt
why-receipt-signatures = a receipt has two signatures, this one has not
why-receipt-certificate = the certificate of its signer ({ $signer }) is not good for receipts
why-receipt-signature = a signature ({ $signer }) does not verify: the receipt was changed
err-no-terminal = There is no terminal to confirm on. Nothing was signed.
rec-no-terminal = Run it on a terminal, or use --yes with --expect-total.
err-signed-malformed = This is not a signed order: { $cause }
rec-signed-malformed = Use the file that "wattkey payment export" wrote.
err-signed-audience = The order is for another payment service ({ $audience }).
rec-signed-audience = Use the configuration of that service.
err-signed-other-key = The order was signed with another USB key, by { $signer }.
rec-signed-other-key = Plug in that key.
err-journal = Orders cannot be kept on this PC: { $cause }
rec-journal = Make room or correct the permissions; nothing is sent without the journal.
err-journal-damaged = The journal’s file { $file } is damaged.
rec-journal-damaged = Keep it, and compare with: wattkey payments
err-receipt-invalid = The receipt does not verify: { $cause }
rec-receipt-invalid = Do not rely on it; fetch it again with: wattkey receipt save
err-receipt-other-order = The receipt is genuine, but for order { $order }.
rec-receipt-other-order = Tell the power company.

# Problems of the service (PROTOCOL.md section 15)
problem-ohttp-key = the server’s capsule key changes too often
problem-date = the time of the request
problem-capsule = the sealed request could not be opened
problem-malformed = the request is malformed
problem-forbidden-field = the request has a field that is not allowed ({ $field })
problem-authority = the request is for another service
problem-certificate-mismatch = the request names another certificate
problem-certificate-expired = the certificate has expired
problem-certificate-revoked = the certificate is revoked
problem-certificate-role = the certificate is not for this
problem-replay = this sealed request was seen before
problem-route = the server does not know this request
problem-body = the request is too large
problem-classical-group = orders need a post-quantum key agreement
problem-unavailable = a part of it cannot be reached
problem-unbound = the USB key is not bound
problem-session = the session has ended or is not valid
problem-request-signature = the request’s signature is not valid
problem-not-found = there is no such thing
problem-order-malformed = the order is malformed ({ $reason })
problem-order-signature = the order was changed, or its signature, certificate or user does not fit
problem-order-exists-with-different-payload = its id was used for another order
problem-order-expired = it was signed too long ago
problem-quote-expired = the amounts of bill { $bill } no longer hold
problem-quote-mismatch = the amounts of bill { $bill } have changed
problem-document-mismatch = the document of bill { $bill } is another one now
problem-bill-claimed = bill { $bill } is held by order { $order }
problem-bill-paid = nothing is open on bill { $bill }
problem-currency = the currencies of bill, mandate and order differ
problem-mandate = the debit mandate is not in force
problem-limit = it is over your limit of a day (see: wattkey whoami)
problem-deposit = the deposit of { $account } has too little
problem-execute-day = the day of collection is not 1 to 90 days ahead
problem-decision = this cannot be decided any more: the order is { $state }
problem-own-order = whoever signed an order does not decide on it
problem-already-sent = the bank has the order already
problem-lapsed = the order was not decided in time
problem-file-number = the number of the file does not follow
problem-file-signature = the signature of the file is not its source’s
problem-file-content = the file cannot be taken in ({ $reason })
problem-resolution = the resolution does not fit ({ $reason })
problem-resolution-signature = the signature of the resolution is not good
problem-payee = the payee is not this service’s
problem-binding-step = the step does not fit the binding log ({ $reason })
problem-binding-log = its records of USB keys are damaged
problem-internal = a fault in the service
problem-other = { $detail }

# Before something is signed
column-transfer = Awaits your transfer
line-transfer = Ordered by transfer, not arrived
caution-awaits-transfer = Bill { $bill } is to be paid by a transfer of yours that has not arrived (order { $order }). Pay it here only if you do not transfer it: what comes twice goes into the deposit.
caution-disputed = { $amount } of bill { $bill } is in dispute. What is not disputed is paid first.
caution-disputed-how = To pay only that: --amount { $bill }=…
caution-billed-twice = Contract account { $account } has several bills of { $period }. Make sure that they are not of the same supply.
