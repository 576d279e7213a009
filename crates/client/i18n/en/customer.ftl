# Own data, rights, disputes, notices
help-notices = Notices that were served; show one, or say that it was read
help-notices-show = Show a notice as it was served
help-notices-show-notice = The notice (see: wattkey notices)
help-notices-acknowledge = Say with the USB key that a notice was read
help-notices-acknowledge-notice = The notice (see: wattkey notices)
help-notices-acknowledge-yes = Do not ask
help-notices-acknowledge-more =
    It says that the notice was read, not that it is right.
help-disputes = Disputes of bills; open one, or withdraw it
help-disputes-bill = Only disputes of this bill
help-disputes-more =
    The disputed part owes no penalty while the power company has not answered; the rest can be paid.

    Example
      wattkey disputes open B-202608-0001 --line 3 --amount 1200.00 --reason quantity --text "The meter stood still from the 3rd on."
help-disputes-show = Show a dispute with its answer
help-disputes-show-dispute = The dispute (see: wattkey disputes)
help-disputes-open = Say that something of a bill is not owed
help-disputes-open-bill = The bill
help-disputes-open-line = Number of its line, from 1 (otherwise the whole bill); see: wattkey bill show BILL
help-disputes-open-amount = How much is not owed, such as 1200.00
help-disputes-open-reason = quantity, price, meter, paid, not-ours or other
help-disputes-open-text = Why, in your words
help-disputes-open-yes = Do not ask
help-disputes-withdraw = Take a dispute back
help-disputes-withdraw-dispute = The dispute (see: wattkey disputes)
help-disputes-withdraw-yes = Do not ask
help-profile = Contacts, addresses for notices, tax-invoice data
help-profile-set = Change them; the whole of one kind is replaced
help-profile-set-contacts = Replace all contacts
help-profile-set-contacts-contacts = A contact, such as "name=Wang Fang;role=billing;phone=021 5555 0100;language=zh"
help-profile-set-contacts-none = Leave no contact at all
help-profile-set-contacts-yes = Do not ask
help-profile-set-contacts-more =
    A contact has name, role (billing, technical, emergency), phone or email or both, and language
    (en, zh). What is there now is shown above what is signed.
help-profile-set-notice-address = Say where notices go
help-profile-set-notice-address-account = Of this contract account (otherwise of all without an address of their own)
help-profile-set-notice-address-post = Postal address
help-profile-set-notice-address-email = E-mail address
help-profile-set-notice-address-yes = Do not ask
help-profile-set-invoice-data = Say what tax invoices name
help-profile-set-invoice-data-title = Registered name
help-profile-set-invoice-data-tax-number = Tax number
help-profile-set-invoice-data-address = Registered address
help-profile-set-invoice-data-phone = Registered telephone number
help-profile-set-invoice-data-bank = Bank
help-profile-set-invoice-data-bank-account = Account there
help-profile-set-invoice-data-yes = Do not ask
help-rights = Which user may do what on which contract account
help-rights-set = Give rights; another user with the right to administer approves
help-rights-set-user = The user, by id or by name
help-rights-set-account = The contract account
help-rights-set-rights = view, prepare and approve, divided by commas; none hides the account; own takes back what was given
help-rights-set-yes = Do not ask
help-rights-set-more =
    Rights that are given stand in place of the user’s own on this account, and are never more than them.

    Example
      wattkey rights set "Li Na" C-0001 view,prepare
help-changes = History of own data; approve or refuse changes of rights
help-changes-show = Show a change with its decisions
help-changes-show-change = The change (see: wattkey changes)
help-changes-approve = Approve a change of rights that somebody else signed
help-changes-approve-change = The change (see: wattkey changes)
help-changes-approve-yes = Do not ask
help-changes-refuse = Refuse a change of rights
help-changes-refuse-change = The change (see: wattkey changes)
help-changes-refuse-yes = Do not ask
column-at = When
column-bill-line = Line
column-change = Change
column-cut-off = Cut-off
column-dispute = Dispute
column-given = Given
column-kind = Kind
column-may = May
column-no-penalty-from = No penalty from
column-no-penalty-until = Until
column-notice = Notice
column-read-by = Read by
column-reason = Reason
column-served = Served
column-until = Waits until
column-user-id = User
column-user-name = Name
column-version = Version
column-what = What
label-dispute-step = Dispute
label-dispute-line = Line of the bill
label-dispute-amount = Not owed
label-dispute-reason = Reason
label-dispute-text = In your words
label-dispute = Dispute id
label-change-kind = Changed
label-contact = Contact
label-contact-role = For
label-phone = Telephone
label-email = E-mail
label-language = Language
label-notice-account = Notices of contract account
label-post = Post
label-invoice-title = Registered name
label-tax-number = Tax number
label-invoice-address = Registered address
label-bank = Bank
label-bank-account = Account there
label-rights-user = User
label-rights-account = On contract account
label-given-right = May
label-replaces = Replaces version
label-change = Change id
label-change-digest = Digest of the change
label-notice = Notice
label-notice-digest = Digest of the notice
value-nothing = none
value-other-accounts = all without an address of their own
dispute-opened = opened
dispute-withdrawn = withdrawn
dispute-line-all = the whole bill
dispute-reason-quantity = quantity
dispute-reason-price = price
dispute-reason-meter = meter
dispute-reason-paid = paid already
dispute-reason-not-ours = not ours
dispute-reason-other = other
dispute-state-open = waits for an answer
dispute-state-withdrawn = withdrawn
dispute-state-answered = answered
dispute-state-answered-upheld = answered: you are right
dispute-state-answered-partly = answered: you are right in part
dispute-state-answered-rejected = answered: the bill stands
dispute-outcome-upheld = you are right
dispute-outcome-partly = you are right in part
dispute-outcome-rejected = the bill stands
dispute-shown = You are about to sign this dispute:
dispute-taken = The dispute is taken.
change-contacts = contacts
change-notice-address = address for notices
change-invoice-data = tax-invoice data
change-rights = rights
change-state-waiting = waits for another person
change-state-done = done
change-state-refused = refused
change-state-lapsed = lapsed
change-before = Now it is:
change-shown = You are about to sign this change:
change-taken = The change is taken.
change-reviewed = This change was signed:
change-needs-second = Another user with the right to administer has to approve this change (wattkey changes approve).
contact-role-billing = bills and payments
contact-role-technical = supply and metering
contact-role-emergency = emergencies
language-en = English
language-zh = Chinese
right-administer = administer
right-hidden = nothing: the account is hidden
right-own = the user’s own rights
profile-contacts = Contacts (version { $version }) { $since }
profile-notice-address = Address for notices (version { $version }) { $since }
profile-invoice-data = Tax-invoice data (version { $version }) { $since }
notice-kind-demand = demand
notice-kind-cut-off = notice of cut-off
notice-kind-last-call = last call
notice-text-demand = { $customer }: the bills below of contract account { $account } are overdue. Please pay { $total }.
notice-text-cut-off = { $customer }: the bills below of contract account { $account } are overdue. Unless { $total } is paid, supply will be cut on { $at }.
notice-text-last-call = { $customer }: supply to contract account { $account } will be cut on { $at }, unless { $total } is paid before.
acknowledgement-shown = You are about to sign that you have read this notice:
notice-acknowledged = The acknowledgement is taken.
line-disputed = The line of the bill
line-lapses = Lapses
line-no-penalty-from = No penalty from
line-no-penalty-until = No penalty until
line-withdrawn = Withdrawn
line-outcome = Outcome
line-answer = Answer
line-read-by = Read by
line-served = Served
bill-state-cancelled = cancelled
problem-right = you have no right to do this ({ $right }, { $account })
problem-changed = it was changed in between (version { $version })
problem-own-change = whoever signed a change, or whose rights it is about, does not decide on it
problem-dispute =
    { $reason ->
        [open] a dispute of the bill is open; one is answered or withdrawn before the next
        [too-many] the bill was disputed fifty times, and cannot be once more
        [answered-before] this was disputed for the same reason before, and answered
        [amount] more than is open of the bill cannot be disputed
        [line] the bill has no line of this number
        [line-amount] more than the line has cannot be disputed
        [answered] the dispute was answered, and cannot be withdrawn
        [withdrawn] the dispute was withdrawn before
       *[other] the bill cannot be disputed, or the dispute not withdrawn ({ $reason })
    }
problem-cut-off = the legal clock does not allow this moment ({ $reason }, { $earliest })
problem-range = one answer holds at most { $days } days
err-no-right = The service refused it: { $problem }
rec-no-right = Ask the user who administers rights; see: wattkey rights
err-changed-between = The service did not take the change: { $problem }
rec-changed-between = Look at what is there now, then repeat the command: wattkey profile
err-dispute-refused = The service did not take it: { $problem }
rec-dispute-refused = See how the bill stands with: wattkey disputes --bill BILL
err-no-such-thing = Your organisation has nothing of the name { $word }.
rec-no-such-thing = Look it up with: { $list }
err-not-as-said = What the service gave cannot be trusted: { $cause }
rec-not-as-said = Sign nothing; tell the power company.
err-document-wrong = This cannot be signed: { $cause }
rec-document-wrong = Correct what it names; see --help.
err-no-line = Bill { $bill } has no line { $line }.
rec-no-line = See its lines with: wattkey bill show { $bill }
err-contact-lacks = In the contact "{ $word }" this is missing: { $part }
rec-contact-lacks = Write it like "name=Wang Fang;role=billing;phone=021 5555 0100;language=zh"; phone or email may be left out.
err-line-amount = Line { $line } of the bill has { $amount }; more of it cannot be disputed. Nothing was signed.
rec-line-amount = Dispute that much at most, or leave out --line to dispute the bill as a whole.
err-tax-number = The tax number { $number } is mistyped: as a unified social credit code its check character is wrong.
rec-tax-number = Compare it with your business licence.
err-nobody-approves = Nobody could approve this change: besides you and whom it is about, no user has the right to administer. Nothing was changed.
rec-nobody-approves = Ask the power company to give another user that right.
err-contact = "{ $word }" is not a contact: { $part }
rec-contact = Write it like "name=Wang Fang;role=billing;phone=021 5555 0100;language=zh".
err-rights = "{ $word }" names no rights.
rec-rights = Write view, prepare and approve divided by commas, or none, or own.
err-no-user = There is no user "{ $word }", or there are several of that name.
rec-no-user = Use the id; see: wattkey rights
column-dropped = Dropped
line-cut-off-dropped = The planned cut-off was dropped
