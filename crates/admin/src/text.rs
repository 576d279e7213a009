//! What the program says to people, in English and Chinese. The compiler holds
//! both to the same arguments.

use clap::ValueEnum;

/// A language that the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    #[value(name = "en")]
    English,
    /// 中文
    #[value(name = "zh")]
    Chinese,
}

impl Language {
    /// That of the locale; English when it is another.
    pub(crate) fn of_locale() -> Self {
        match sys_locale::get_locale() {
            Some(locale) if locale.starts_with("zh") => Self::Chinese,
            _ => Self::English,
        }
    }
}

macro_rules! messages {
    ($($name:ident($($argument:ident),*) = $english:literal, $chinese:literal;)*) => {
        impl Language {
            $(pub(crate) fn $name(self, $($argument: &str),*) -> String {
                match self {
                    Self::English => format!($english),
                    Self::Chinese => format!($chinese),
                }
            })*
        }
    };
}

messages! {
    ask_confirm() = "Go on? [y/N] ", "是否继续？[y/N] ";
    pin_of_ca(token) = "PIN of the CA's token {token}: ", "CA 令牌 {token} 的 PIN：";
    new_pin_of_ca(token) = "New PIN for the CA's token {token}: ", "为 CA 令牌 {token} 设置 PIN：";
    so_pin_of_ca(token) = "New security officer PIN for the CA's token {token}: ", "为 CA 令牌 {token} 设置管理员 PIN：";
    pin_of_card(token) = "PIN of the card {token}: ", "加密卡 {token} 的 PIN：";
    new_pin_of_card(token) = "New PIN for the card {token}: ", "为加密卡 {token} 设置 PIN：";
    so_pin_of_card(token) = "New security officer PIN for the card {token}: ", "为加密卡 {token} 设置管理员 PIN：";
    pin_of_key(serial) = "PIN of the USB key {serial}: ", "USB Key {serial} 的 PIN：";
    sign_pin_of_key(serial) = "PIN of the USB key {serial} again, for the signature: ", "再次输入 USB Key {serial} 的 PIN 以签名：";
    new_pin_of_key() = "New PIN for the USB key: ", "为 USB Key 设置 PIN：";
    so_pin_of_key() = "New security officer PIN for the USB key: ", "为 USB Key 设置管理员 PIN：";
    management_key(serial) = "Management key of the card {serial} (48 hex digits): ", "卡 {serial} 的管理密钥（48 位十六进制）：";
    present_pin(serial) = "Present PIN of the card {serial}: ", "卡 {serial} 的当前 PIN：";
    present_puk(serial) = "Present PUK of the card {serial}: ", "卡 {serial} 的当前 PUK：";
    new_puk_of_key() = "New PUK for the USB key: ", "为 USB Key 设置 PUK：";
    puk_of_key(serial) = "PUK of the USB key {serial} (or its security officer PIN): ", "USB Key {serial} 的 PUK（或管理员 PIN）：";
    on_the_pad(prompt) = "{prompt}type it on the USB key or its reader.", "{prompt}请在 USB Key 或读卡器上输入。";
    again(prompt) = "Once more. {prompt}", "请再输入一次。{prompt}";
    count_low() = "A wrong PIN was tried since the last right one.", "自上次正确输入后曾输错 PIN。";
    final_try() = "This is the last try: a wrong PIN locks the key.", "这是最后一次机会：再输错将锁定 USB Key。";

    will_create_ca(ca, name, token) = "Create the {ca} CA \"{name}\" with a new key in token {token}.", "创建 {ca} CA“{name}”，密钥生成于令牌 {token}。";
    will_init_card(token) = "Initialise a blank token as card {token}.", "将空白令牌初始化为加密卡 {token}。";
    will_issue_server(role, name, place) = "Certify {name} as {role}; its key is in {place}.", "为 {name} 签发 {role} 证书；密钥位于 {place}。";
    will_issue_key(kind, name, organisation, days) = "Issue a USB key to the {kind} {name} ({organisation}), valid {days} days: two new keys on the token, two certificates.", "向 {kind} {name}（{organisation}）签发 USB Key，有效期 {days} 天：在令牌上生成两个密钥并签发两张证书。";
    will_init_key() = "A blank token will be initialised.", "将初始化一个空白令牌。";
    will_erase_key(serial) = "What is on the USB key {serial} will be destroyed first.", "将先销毁 USB Key {serial} 上的内容。";
    will_issue_card(serial, reader) = "On the PIV card {serial} in \"{reader}\"; its PIN and PUK are set.", "写入“{reader}”中的 PIV 卡 {serial}，并设置 PIN 和 PUK。";
    will_repeat() = "An issue of this card was interrupted; it is repeated.", "该卡此前的签发被中断，现重新进行。";
    card_has(id, name, until) = "It has a key {id} now: {name}, until {until}.", "卡上已有密钥 {id}：{name}，有效期至 {until}。";
    will_certify_key(serial) = "Certify the two keys that are on the card {serial} already.", "为卡 {serial} 上已有的两个密钥签发证书。";
    will_unblock(serial, name) = "Give the USB key {serial} of {name} a new PIN.", "为 {name} 的 USB Key {serial} 设置新 PIN。";
    puk_warning() = "A wrong PUK spends one of its tries; after the last one the key is lost.", "PUK 输错会消耗一次机会；次数用尽后该 USB Key 即作废。";
    will_bind(serial, kind, name, sequence) = "Bind USB key {serial} to the {kind} {name}, as step {sequence} of the log.", "将 USB Key {serial} 绑定到 {kind} {name}，作为日志第 {sequence} 步。";
    will_unbind(serial, name, reason) = "Unbind USB key {serial} of {name} for good ({reason}), and revoke both of its certificates.", "永久解除 {name} 的 USB Key {serial} 的绑定（{reason}），并吊销其两张证书。";
    will_revoke(name, role) = "Revoke the certificate of {name} ({role}) for good.", "永久吊销 {name}（{role}）的证书。";

    desk_made(folder) = "The desk is in {folder}. Next: ca create.", "发证柜台已建立于 {folder}。下一步：ca create。";
    ca_made(file) = "The CA is there: {file}, with an empty CRL beside it.", "CA 已建立：{file}，旁边有一份空 CRL。";
    card_made(token, serial) = "Card {token} is ready, serial number {serial}.", "加密卡 {token} 已就绪，序列号 {serial}。";
    server_issued(name, role, until) = "Certified {name} as {role} until {until}.", "已为 {name} 签发 {role} 证书，有效期至 {until}。";
    key_issued(serial, name) = "USB key {serial} is issued to {name}. It works once it is bound: wattkey-admin bind {serial}", "USB Key {serial} 已签发给 {name}。绑定后方可使用：wattkey-admin bind {serial}";
    unblocked(serial, name) = "USB key {serial} of {name} has a new PIN.", "{name} 的 USB Key {serial} 已设置新 PIN。";
    pin_letter(serial, holder, at, pin, puk) = "USB key  {serial}\nHolder   {holder}\nIssued   {at}\nPIN      {pin}\nPUK      {puk}\n\nThe PIN opens the key: change it at once (wattkey pin change), tell nobody.\nThe PUK sets a new PIN when the PIN is locked: keep it apart from the key.\n", "USB Key  {serial}\n持有人   {holder}\n签发时间 {at}\nPIN      {pin}\nPUK      {puk}\n\nPIN 用于解锁：请立即修改（wattkey pin change），切勿告诉他人。\nPUK 用于在 PIN 锁定后重设 PIN：请与 USB Key 分开保管。\n";
    info_key(serial, reader) = "USB key {serial} in \"{reader}\"", "USB Key {serial}，位于“{reader}”";
    info_token(label, model) = "label {label}, model {model}", "标签 {label}，型号 {model}";
    info_pin(state) = "PIN: {state}", "PIN：{state}";
    info_certificate(id, role, name, until, state) = "{id}: {role}, {name}, valid until {until}: {state}", "{id}：{role}，{name}，有效期至 {until}：{state}";
    info_no_certificate() = "no certificates", "没有证书";
    info_unknown() = "register: not issued by this desk", "登记簿：非本柜台签发";
    info_interrupted() = "register: its issue was interrupted; run key issue again", "登记簿：签发被中断，请重新运行 key issue";
    info_issued(kind, name, organisation, state) = "register: {kind} {name} ({organisation}), {state}", "登记簿：{kind} {name}（{organisation}），{state}";
    no_key() = "No USB key is plugged in.", "未插入 USB Key。";
    pin_good() = "in order", "正常";
    pin_locked() = "locked", "已锁定";
    pin_not_set() = "not set", "未设置";
    pin_last_try() = "one try left", "仅剩一次机会";
    pin_tries_spent() = "tries were spent", "已消耗尝试次数";
    pin_to_be_changed() = "must be changed first", "须先修改";
    verdict_expired() = "not valid now", "不在有效期内";
    verdict_foreign() = "issued by somebody else", "由其他机构签发";
    verdict_misplaced() = "for another USB key or another use", "属于其他 USB Key 或用途";
    bound(serial, name, sequence) = "USB key {serial} is bound to {name} (step {sequence}).", "USB Key {serial} 已绑定到 {name}（第 {sequence} 步）。";
    bound_before(serial, sequence) = "USB key {serial} was bound before (step {sequence}); nothing to do.", "USB Key {serial} 此前已绑定（第 {sequence} 步），无需操作。";
    unbound(serial, sequence) = "USB key {serial} is unbound (step {sequence}) and its certificates are revoked.", "USB Key {serial} 已解除绑定（第 {sequence} 步），证书已吊销。";
    only_revoked(serial) = "USB key {serial} was never bound, or was unbound before; its certificates are revoked.", "USB Key {serial} 从未绑定或此前已解绑；证书已吊销。";
    unbind_failed(serial) = "The certificates of USB key {serial} are revoked, but the platform was not told. Run the same command again.", "USB Key {serial} 的证书已吊销，但尚未通知平台。请再次运行同一命令。";
    revoked(name) = "The certificate of {name} is revoked.", "{name} 的证书已吊销。";
    crl_written(file, number, until) = "{file}: CRL number {number}, next update before {until}.", "{file}：CRL 第 {number} 号，须在 {until} 前更新。";
    log_good(steps, bound) = "The log verifies: {steps} steps, {bound} keys bound.", "日志校验通过：{steps} 步，已绑定 {bound} 个 USB Key。";
    nothing() = "Nothing.", "无。";
    file_sent(next, chunks) = "sent: {next} of {chunks} chunks", "已上传：{next} / {chunks} 块";
    file_progress(done, of) = "done: {done} of {of} records", "已处理：{done} / {of} 条记录";
    file_checked(file, records, added, posted) = "{file} can be taken in: {records} records, {added} new, {posted} of them posted. Nothing was taken in.", "{file} 可以接收：{records} 条记录，其中新增 {added} 条，记账 {posted} 条。尚未接收任何内容。";
    file_taken(source, number, records, file) = "File {number} of {source} is in the books: {records} records. Its acknowledgement is in {file}.", "{source} 的第 {number} 号文件已入账：{records} 条记录。回执保存于 {file}。";
    file_key_made(file, until) = "The certificate is {file}, good until {until}. Pin it in the platform's configuration: [import.sources.NAME] certificate.", "证书为 {file}，有效期至 {until}。请在平台配置中指定：[import.sources.名称] certificate。";
    file_signed(file) = "Signed: {file}.", "已签名：{file}。";
    export_made(number, records) = "File {number} is made: {records} records. Save it: wattkey-admin export save {number} --to FILE", "第 {number} 号文件已生成：{records} 条记录。保存：wattkey-admin export save {number} --to 文件";
    export_nothing() = "Nothing happened since the last file.", "自上一文件以来没有新的记录。";
    export_saved(number, file) = "File {number} is in {file}, its signature in {file}.jws.", "第 {number} 号文件保存于 {file}，签名保存于 {file}.jws。";
    export_acknowledged(number) = "File {number} is acknowledged.", "第 {number} 号文件已确认。";

    reconciled(day, account) = "{day}, account {account}", "{day}，账户 {account}";
    statement(id, entries, opening, credits, debits, closing) = "statement {id}: {entries} entries, {opening} + {credits} - {debits} = {closing}", "对账单 {id}：{entries} 笔，{opening} + {credits} - {debits} = {closing}";
    agreed(entries, credits, debits) = "posted as booked: {entries} entries, in {credits}, out {debits}", "已按银行记账入账：{entries} 笔，收入 {credits}，支出 {debits}";
    difference(reference, amount, why) = "DIFFERENCE {reference} {amount}: {why}", "差异 {reference} {amount}：{why}";
    and_more(count) = "… and {count} more", "……另有 {count} 项";
    nothing_waits() = "Nothing waits for a person.", "没有待人工处理的事项。";
    l_why() = "why", "原因";
    l_amount() = "amount", "金额";
    l_value() = "value date", "起息日";
    l_debtor() = "from", "付款人";
    l_debtor_account() = "account", "付款账户";
    l_text() = "text", "附言";
    l_order() = "order", "支付指令";
    l_at() = "taken in", "收到时间";
    l_reason() = "reason", "理由";
    l_waiting_resolution() = "waits for a second manager", "等待第二位管理员";
    proposal(number, customer, why) = "  proposal {number}, {customer}: {why}", "  建议 {number}，{customer}：{why}";
    pays_bill(bill, principal, penalty) = "    bill {bill}: {principal}, penalty {penalty}", "    账单 {bill}：{principal}，违约金 {penalty}";
    pays_deposit(account, amount) = "    deposit of {account}: {amount}", "    {account} 的预存款：{amount}";
    will_match() = "The money pays:", "该款项用于：";
    will_note() = "Nothing is posted; the item no longer waits.", "不记账；该事项不再等待处理。";
    will_receive() = "The money waits as a receipt.", "该款项作为待处理收款。";
    will_send_back() = "The money goes back to the account that it came from:", "该款项退回至原付款账户：";
    goes_back_to(name, account, agent) = "    {name}, account {account}, bank {agent}", "    {name}，账号 {account}，开户行 {agent}";
    will_end_return(end) = "What is sent back ends as {end}; unless it is settled, its receipt waits again.", "退款记为“{end}”；未结算的，该收款重新等待处理。";
    end_rejected() = "rejected", "被银行拒绝";
    end_settled() = "settled", "已结算";
    end_returned() = "returned", "已退回";
    sent_back_on_its_way(state) = "{state}, on its way back", "{state}，退款中";
    sent_back_done(state) = "{state}, sent back", "{state}，已退款";
    sent_back_failed(state) = "{state}, not sent back: it waits again", "{state}，退款未成功：重新等待处理";
    will_reject_order() = "The order is rejected: its bills are open again.", "指令记为被银行拒绝：账单重新待付。";
    will_settle_order() = "The order is settled: its bills are paid.", "指令记为已结算：账单已付。";
    will_return_order() = "The order is returned: its bills are open again.", "指令记为已退回：账单重新待付。";
    signed_by(name, at) = "Signed by {name} at {at}.", "由 {name} 于 {at} 签署。";
    will_confirm() = "Confirm it: it is posted at once.", "确认后立即记账。";
    will_refuse() = "Refuse it: nothing is posted, the item waits on.", "拒绝后不记账，该事项继续等待处理。";
    resolution_waits(id) = "Resolution {id} waits for a second manager: wattkey-admin resolution confirm {id}", "处理 {id} 等待第二位管理员：wattkey-admin resolution confirm {id}";
    resolution_done(id) = "Resolution {id} is done.", "处理 {id} 已执行。";
    resolution_turned_down(id) = "Resolution {id} is refused.", "处理 {id} 已被拒绝。";
    resolution_proposed() = "waits", "等待确认";
    resolution_confirmed() = "confirmed", "已确认";
    resolution_refused() = "refused", "已拒绝";
    h_resolution() = "resolution", "处理";
    h_item() = "item", "事项";
    h_decided_by() = "decided by", "决定人";

    h_serial() = "key", "密钥";
    h_kind() = "kind", "类别";
    h_holder() = "holder", "持有人";
    h_organisation() = "organisation", "单位";
    h_state() = "state", "状态";
    h_until() = "valid until", "有效期至";
    h_role() = "role", "用途";
    h_name() = "name", "名称";
    h_thumbprint() = "thumbprint", "指纹";
    h_step() = "step", "步";
    h_at() = "at", "时间";
    h_action() = "action", "操作";
    h_number() = "number", "编号";
    h_records() = "records", "记录数";
    h_acknowledged() = "acknowledged", "确认时间";
    h_signer() = "signed by", "签署人";
    state_pending() = "not bound yet", "未绑定";
    state_bound() = "bound", "已绑定";
    state_unbound() = "unbound", "已解绑";
    state_revoked() = "revoked", "已吊销";
    state_half_lost() = "revoked, still bound", "已吊销，仍绑定";
    state_good() = "good", "有效";
    kind_user() = "user", "用户";
    kind_manager() = "manager", "管理员";
    action_bind() = "bind", "绑定";
    action_unbind() = "unbind", "解绑";
    issuing_ca() = "issuing CA", "发证 CA";

    h_dispute() = "dispute", "争议";
    h_bill() = "bill", "账单";
    h_customer() = "customer", "客户";
    h_amount() = "amount", "金额";
    h_reason() = "reason", "理由";
    h_text() = "in its words", "说明";
    h_account() = "account", "合同账户";
    h_cut_off() = "cut-off", "停电时间";
    h_notices() = "notices served", "已送达通知";
    h_may_cut() = "allowed", "可否停电";
    yes() = "yes", "可";
    dispute_open() = "open", "待答复";
    dispute_withdrawn() = "withdrawn", "已撤回";
    dispute_answered() = "answered", "已答复";
    cut_off_bill(bill, due, open, penalty) = "bill {bill}, due {due}: {open} and penalty {penalty}", "账单 {bill}，到期日 {due}：{open}，违约金 {penalty}";
    cut_off_nothing() = "Nothing is overdue, or all of it is disputed.", "没有逾期欠费，或全部处于争议中。";
    notice_unread(kind, served) = "{kind} served {served}, not acknowledged", "{kind} 已于 {served} 送达，未签收";
    notice_read(kind, served, names) = "{kind} served {served}, acknowledged by {names}", "{kind} 已于 {served} 送达，签收人：{names}";
    cut_off_planned(at, manager) = "planned for {at} by {manager}", "计划停电时间 {at}，计划人 {manager}";
    cut_off_may() = "Supply may be cut then.", "届时可以停电。";
    cut_off_may_not(why) = "Supply may not be cut then: {why}.", "届时不得停电：{why}。";
    cut_off_earliest(at) = "The earliest moment that can be planned is {at}.", "最早可计划的停电时间为 {at}。";
    cut_off_next(kind, from) = "next notice: {kind}, from {from}", "下一通知：{kind}，自 {from} 起送达";
    cut_off_ask(account, at) = "Plan to cut the supply of {account} at {at}?", "计划于 {at} 对 {account} 停电？";
    cut_off_dropped(account) = "The plan for {account} is dropped; notices that were served stay.", "{account} 的停电计划已撤销；已送达的通知仍保留。";
}
