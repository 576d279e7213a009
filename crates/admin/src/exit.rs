//! How the program ends when it does not do what was asked: exit codes, and
//! what a person is told.

use std::error::Error;

use wattkey_token::{BrokenRule, PinError, TokenError};

use crate::text::Language;

/// Why the program stops, and what the details are.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// For those who look for the cause, mostly one line: in English, said to a person in his language.
    pub(crate) detail: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal $name:literal
        en: $what_en:literal $next_en:literal
        zh: $what_zh:literal $next_zh:literal;)*) => {
        /// The exit codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$doc])* $kind),* }

        impl Kind {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$kind),*];

            /// Exit code of the process.
            pub(crate) fn code(self) -> u8 {
                match self { $(Self::$kind => $code),* }
            }

            /// Name in JSON.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// What is wrong, and what to do next.
            pub(crate) fn lines(self, language: Language) -> (&'static str, &'static str) {
                match (self, language) {
                    $((Self::$kind, Language::English) => ($what_en, $next_en),
                      (Self::$kind, Language::Chinese) => ($what_zh, $next_zh),)*
                }
            }
        }
    };
}

kinds! {
    /// Something broke.
    Fault = 1 "fault"
        en: "Something broke." "Read the details; nothing more was done after this point."
        zh: "发生故障。" "请查看详细信息；此后未再执行任何操作。";
    /// The command line or the configuration is wrong.
    Usage = 2 "usage"
        en: "The command or its configuration is not right." "See --help of the command."
        zh: "命令或配置有误。" "请查看该命令的 --help。";
    /// No token in hand.
    NoToken = 10 "no-token"
        en: "No such USB key or card is plugged in." "Plug it in, or name another with --key or --token."
        zh: "未找到该 USB Key 或加密卡。" "请插入，或用 --key、--token 指定另一个。";
    /// Several, and none is named.
    SeveralTokens = 11 "several-tokens"
        en: "Several USB keys are plugged in." "Name one with --key SERIAL."
        zh: "插入了多个 USB Key。" "请用 --key 序列号 指定一个。";
    /// The token cannot be used as it is.
    TokenUnusable = 17 "token-unusable"
        en: "The USB key or card cannot be used." "Check the PKCS#11 module and what is on the token."
        zh: "USB Key 或加密卡无法使用。" "请检查 PKCS#11 模块和令牌内容。";
    /// The module hung or crashed and was started anew.
    ModuleRestarted = 18 "module-restarted"
        en: "The PKCS#11 module did not answer and was stopped." "See `wattkey-admin key info` for what is on the key, then start again; no PIN was sent twice."
        zh: "PKCS#11 模块无响应，已被终止。" "请用 `wattkey-admin key info` 查看 USB Key 状态后重新开始；PIN 未重复发送。";
    /// The token refused the PIN.
    WrongPin = 20 "wrong-pin"
        en: "The PIN is wrong; a try is spent." "Look up the PIN before you start again; no program tries twice."
        zh: "PIN 错误，已消耗一次尝试机会。" "请核对 PIN 后重新开始；程序不会自动重试。";
    /// The token takes no PIN any more.
    PinLocked = 21 "pin-locked"
        en: "The PIN is locked." "Unblock the token with its security officer PIN, or issue another."
        zh: "PIN 已锁定。" "请用管理员 PIN 解锁，或另发一个 USB Key。";
    /// No PIN was given, or it cannot be one.
    NoPin = 22 "no-pin"
        en: "There is no usable PIN." "Type it on a terminal, or give it on a descriptor with the --…-pin-fd option."
        zh: "没有可用的 PIN。" "请在终端输入，或用 --…-pin-fd 选项从描述符提供。";
    /// The new PIN or PUK breaks a rule.
    NewPin = 24 "new-pin"
        en: "The new PIN or PUK is not good enough." "Choose another; nothing was changed on the key."
        zh: "新 PIN 或 PUK 不符合要求。" "请另选一个；USB Key 未作任何更改。";
    /// The token refused the PUK.
    WrongPuk = 25 "wrong-puk"
        en: "The PUK is wrong; a try is spent." "Look it up in the PIN letter before you start again; after the last try the key is lost."
        zh: "PUK 错误，已消耗一次尝试机会。" "请先核对 PIN 信函再重新开始；次数用尽后该 USB Key 即作废。";
    /// The PIN belongs on the token's pad, or the token has none.
    PinPad = 27 "pin-pad"
        en: "This PIN cannot be given in this way." "Type it on the USB key's own pad if it has one, and here if not."
        zh: "不能以此方式提供 PIN。" "若 USB Key 有键盘请在其上输入，否则在此输入。";
    /// The platform cannot be reached.
    Unreachable = 30 "unreachable"
        en: "The platform cannot be reached." "Check managers_address in the configuration, the network, and whether the platform runs."
        zh: "无法连接支付平台。" "请检查配置中的 managers_address、网络以及平台是否运行。";
    /// What answers is not the platform.
    NotGenuine = 31 "not-genuine"
        en: "What answers at that address is not the platform." "Do not go on; tell whoever runs the platform."
        zh: "该地址应答的不是支付平台。" "请勿继续，并通知平台运维人员。";
    /// The platform does not take this manager or this request.
    Refused = 33 "refused"
        en: "The platform refused." "See the details: is your own USB key bound, valid and a manager's?"
        zh: "支付平台拒绝了请求。" "请查看详细信息：您的 USB Key 是否已绑定、有效且属于管理员？";
    /// The step does not fit the log.
    StepRefused = 40 "step-refused"
        en: "The platform did not take the binding step." "Run `wattkey-admin log` to see the state, then start again."
        zh: "支付平台未接受该绑定步骤。" "请运行 `wattkey-admin log` 查看状态后重试。";
    /// The connection broke at the wrong moment.
    OutcomeUnknown = 41 "outcome-unknown"
        en: "It is unknown whether the platform took the step." "Run the same command again: it looks before it acts."
        zh: "尚不清楚平台是否已接受该步骤。" "请再次运行同一命令：它会先查询再操作。";
    /// The person said no.
    NotConfirmed = 43 "not-confirmed"
        en: "Not confirmed; nothing was done." "Answer y to go on, or give --yes in a script."
        zh: "未确认，未执行任何操作。" "输入 y 继续，脚本中请加 --yes。";
    /// The log or the register was tampered with.
    LogInvalid = 44 "log-invalid"
        en: "The binding log or the register does not verify." "Stop and find out who changed it; no step was signed."
        zh: "绑定日志或登记簿校验失败。" "请停止操作并查明修改者；未签署任何步骤。";
    /// The register does not have it.
    NotFound = 45 "not-found"
        en: "The register has no such thing." "See `wattkey-admin list`."
        zh: "登记簿中没有此项。" "请查看 `wattkey-admin list`。";
    /// It is there already and is not overwritten.
    Exists = 46 "exists"
        en: "It is there already and is not overwritten." "See the details for what is in the way."
        zh: "已存在，不会覆盖。" "请查看详细信息了解冲突对象。";
    /// The resolution cannot be taken in or done.
    ResolutionRefused = 47 "resolution-refused"
        en: "The resolution cannot be done." "See the details, and `wattkey-admin reconcile` for what waits now."
        zh: "无法执行该处理。" "请查看详细信息，并用 `wattkey-admin reconcile` 查看当前待处理事项。";
    /// The item is resolved, or never was.
    NotWaiting = 48 "not-waiting"
        en: "Nothing of that name waits for a person." "See `wattkey-admin reconcile`."
        zh: "没有该名称的待处理事项。" "请查看 `wattkey-admin reconcile`。";
    /// Done, and nobody was told.
    NotWritten = 50 "not-written"
        en: "It is done, and its answer could not be written." "Make room, then ask again with the command that lists or shows it."
        zh: "已执行，但结果无法写出。" "请腾出空间后，用相应的列出或查看命令再次查询。";
    /// The platform knows nothing of that name.
    NoSuch = 51 "no-such"
        en: "The platform has no such thing." "Compare the name with what there is: `cut-off list`, `export list`, `disputes`, `reconcile`, `resolutions --all`."
        zh: "支付平台没有此项。" "请与现有内容核对名称：`cut-off list`、`export list`、`disputes`、`reconcile`、`resolutions --all`。";
    /// What is asked does not go now.
    NotNow = 52 "not-now"
        en: "The platform cannot do that as things stand; nothing was done." "See the details for the reason, and for what would be possible."
        zh: "按目前情况无法执行；未执行任何操作。" "请查看详细信息了解原因及可行的做法。";
    /// The file, its number or its signature is not good.
    FileRefused = 49 "file-refused"
        en: "The file cannot be taken in; nothing of it was." "Read the details, have it written anew, and start again; --discard drops what is staged."
        zh: "该文件无法接收，未接收任何内容。" "请查看详细信息，重新生成文件后再试；--discard 可丢弃已暂存的内容。";
}

impl Failure {
    pub(crate) fn new(kind: Kind, error: &dyn Error) -> Self {
        Self {
            kind,
            detail: one_line(error),
        }
    }

    pub(crate) fn because(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::because(Kind::Fault, format!("{}: {error}", path.display()))
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::new(kind_of(&error), &error)
    }
}

impl From<BrokenRule> for Failure {
    fn from(rule: BrokenRule) -> Self {
        Self::new(Kind::NewPin, &rule)
    }
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        Self::new(Kind::NoPin, &error)
    }
}

/// The kind of a token's failure, wherever in the chain it is.
pub(crate) fn kind_of(error: &(dyn Error + 'static)) -> Kind {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<TokenError>() {
            return kind_of_token(error);
        }
        next = error.source();
    }
    Kind::Fault
}

fn kind_of_token(error: &TokenError) -> Kind {
    match error {
        TokenError::WrongPin { .. } | TokenError::WrongSecurityOfficerPin => Kind::WrongPin,
        TokenError::PinLocked => Kind::PinLocked,
        TokenError::PinLength
        | TokenError::PinUnsuitable
        | TokenError::PinExpired
        | TokenError::PinNotSet
        | TokenError::PinNeeded => Kind::NoPin,
        TokenError::NoToken | TokenError::TokenMissing { .. } | TokenError::Removed => {
            Kind::NoToken
        }
        TokenError::TokenAmbiguous { .. } => Kind::SeveralTokens,
        TokenError::KeyExists { .. } => Kind::Exists,
        TokenError::NewPin { .. } => Kind::NewPin,
        TokenError::WrongPuk => Kind::WrongPuk,
        TokenError::LabelLength => Kind::Usage,
        TokenError::PinPadOnly | TokenError::PinPadMissing => Kind::PinPad,
        TokenError::Hung { .. } | TokenError::Crashed { .. } => Kind::ModuleRestarted,
        _ => Kind::TokenUnusable,
    }
}

/// An error and its sources on one line.
pub(crate) fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !line.contains(&more) {
            line.push_str(": ");
            line.push_str(&more);
        }
        source = error.source();
    }
    line.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_code_and_says_something() {
        for (at, kind) in Kind::ALL.iter().enumerate() {
            assert!(Kind::ALL[..at].iter().all(|k| k.code() != kind.code()));
            assert!(Kind::ALL[..at].iter().all(|k| k.name() != kind.name()));
            let (english, chinese) = (kind.lines(Language::English), kind.lines(Language::Chinese));
            assert!(!english.0.is_empty() && !english.1.is_empty());
            assert_ne!(english, chinese);
        }
    }
}
