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
    new_pin_of_key() = "New PIN for the USB key: ", "为 USB Key设置 PIN：";
    so_pin_of_key() = "New security officer PIN for the USB key: ", "为 USB Key设置管理员 PIN：";
    again(prompt) = "Once more. {prompt}", "请再输入一次。{prompt}";
    count_low() = "A wrong PIN was tried since the last right one.", "自上次正确输入后曾输错 PIN。";
    final_try() = "This is the last try: a wrong PIN locks the key.", "这是最后一次机会：再输错将锁定 USB Key。";

    will_create_ca(ca, name, token) = "Create the {ca} CA \"{name}\" with a new key in token {token}.", "创建 {ca} CA“{name}”，密钥生成于令牌 {token}。";
    will_init_card(token) = "Initialise a blank token as card {token}.", "将空白令牌初始化为加密卡 {token}。";
    will_issue_server(role, name, place) = "Certify {name} as {role}; its key is in {place}.", "为 {name} 签发 {role} 证书；密钥位于 {place}。";
    will_issue_key(kind, name, organisation, days) = "Issue a USB key to the {kind} {name} ({organisation}), valid {days} days: two new keys on the token, two certificates.", "向 {kind} {name}（{organisation}）签发 USB Key，有效期 {days} 天：在令牌上生成两个密钥并签发两张证书。";
    will_init_key() = "A blank token will be initialised.", "将初始化一个空白令牌。";
    will_erase_key(serial) = "What is on the USB key {serial} will be destroyed first.", "将先销毁 USB Key {serial} 上的内容。";
    will_bind(serial, kind, name, sequence) = "Bind USB key {serial} to the {kind} {name}, as step {sequence} of the log.", "将 USB Key {serial} 绑定到 {kind} {name}，作为日志第 {sequence} 步。";
    will_unbind(serial, name, reason) = "Unbind USB key {serial} of {name} for good ({reason}), and revoke both of its certificates.", "永久解除 {name} 的 USB Key {serial} 的绑定（{reason}），并吊销其两张证书。";
    will_revoke(name, role) = "Revoke the certificate of {name} ({role}) for good.", "永久吊销 {name}（{role}）的证书。";

    desk_made(folder) = "The desk is in {folder}. Next: ca create.", "发证柜台已建立于 {folder}。下一步：ca create。";
    ca_made(file) = "The CA is there: {file}, with an empty CRL beside it.", "CA 已建立：{file}，旁边有一份空 CRL。";
    card_made(token, serial) = "Card {token} is ready, serial number {serial}.", "加密卡 {token} 已就绪，序列号 {serial}。";
    server_issued(name, role, until) = "Certified {name} as {role} until {until}.", "已为 {name} 签发 {role} 证书，有效期至 {until}。";
    key_issued(serial, name) = "USB key {serial} is issued to {name}. It works once it is bound: wattkey-admin bind {serial}", "USB Key {serial} 已签发给 {name}。绑定后方可使用：wattkey-admin bind {serial}";
    bound(serial, name, sequence) = "USB key {serial} is bound to {name} (step {sequence}).", "USB Key {serial} 已绑定到 {name}（第 {sequence} 步）。";
    bound_before(serial, sequence) = "USB key {serial} was bound before (step {sequence}); nothing to do.", "USB Key {serial} 此前已绑定（第 {sequence} 步），无需操作。";
    unbound(serial, sequence) = "USB key {serial} is unbound (step {sequence}) and its certificates are revoked.", "USB Key {serial} 已解除绑定（第 {sequence} 步），证书已吊销。";
    only_revoked(serial) = "USB key {serial} was never bound, or was unbound before; its certificates are revoked.", "USB Key {serial} 从未绑定或此前已解绑；证书已吊销。";
    unbind_failed(serial) = "The certificates of USB key {serial} are revoked, but the platform was not told. Run the same command again.", "USB Key {serial} 的证书已吊销，但尚未通知平台。请再次运行同一命令。";
    revoked(name) = "The certificate of {name} is revoked.", "{name} 的证书已吊销。";
    crl_written(file, number, until) = "{file}: CRL number {number}, next update before {until}.", "{file}：CRL 第 {number} 号，须在 {until} 前更新。";
    log_good(steps, bound) = "The log verifies: {steps} steps, {bound} keys bound.", "日志校验通过：{steps} 步，已绑定 {bound} 个 USB Key。";
    nothing() = "Nothing.", "无。";

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
}
