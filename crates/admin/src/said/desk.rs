//! What this program says.

use super::Sentences;

pub(super) const SENTENCES: Sentences = &[
    ("the two PINs differ", "两次输入的 PIN 不一致"),
    ("the PIN is empty", "PIN 为空"),
    ("descriptor {}", "描述符 {0}"),
    ("the platform's answer: {}", "平台的应答：{0}"),
    ("status {}", "状态码 {0}"),
    ("the log has no end", "日志没有结尾"),
    ("the list has no end", "列表没有结尾"),
    ("the platform's head is step {}", "平台的日志头是第 {0} 步"),
    ("file {} is expected", "应为第 {0} 号文件"),
    ("{}, line {}: {}", "{0} 第 {1} 行：{2}"),
    ("line {}", "第 {0} 行"),
    (
        "there is no {} CA yet: wattkey-admin ca create --ca {}",
        "尚无 {0} CA：wattkey-admin ca create --ca {1}",
    ),
    ("no USB key {}", "没有 USB Key {0}"),
    ("no USB key of a manager", "没有管理员的 USB Key"),
    ("no token {}", "没有令牌 {0}"),
    ("not base64url", "不是 base64url"),
    (
        "no configuration: give --config FOLDER/{} or set {}",
        "没有配置：请给出 --config 目录/{0}，或设置 {1}",
    ),
    ("{}: longer than {} bytes", "{0}：超过 {1} 字节"),
    ("longer than {} bytes", "超过 {0} 字节"),
    (
        "audience must be an https origin, as in https://pay.example",
        "audience 须为 https 源，例如 https://pay.example",
    ),
    (
        "managers_address must be host:port",
        "managers_address 须为 主机:端口",
    ),
    (
        "managers_server_name must be a DNS name",
        "managers_server_name 须为 DNS 名称",
    ),
    ("stdin is not a terminal", "标准输入不是终端"),
    ("a token {} is there already", "令牌 {0} 已存在"),
    (
        "both files have the same key; a USB key has two",
        "两个文件是同一密钥；USB Key 应有两个",
    ),
    (
        "{}: a P-256 public key in PEM (BEGIN PUBLIC KEY) is expected",
        "{0}：应为 PEM 格式的 P-256 公钥（BEGIN PUBLIC KEY）",
    ),
    (
        "these options are for a PIV card, and the module shows none",
        "这些选项用于 PIV 卡，而模块未显示任何 PIV 卡",
    ),
    (
        "--replace: name the token with --key SERIAL",
        "--replace：请用 --key 序列号 指定令牌",
    ),
    (
        "--replace destroys what is there",
        "--replace 将销毁已有内容",
    ),
    (
        "an issue of this card was interrupted and may have set them",
        "该卡此前的签发被中断，可能已设置二者",
    ),
    (
        "this desk has issued the card before",
        "本柜台此前签发过该卡",
    ),
    (
        "somebody has put certificates on the card",
        "已有人在卡上写入证书",
    ),
    (
        "the card's PIN and PUK are needed, {}: repeat this with --used and give those that it has \
         now (a card that was reset has 123456 and 12345678)",
        "需要该卡的 PIN 和 PUK，因为{0}：请加 --used 重新运行，并给出卡上现有的 PIN 和 PUK（重置过的卡为 123456 和 12345678）",
    ),
    ("no randomness: {}", "无法取得随机数：{0}"),
    (
        "a user has a --customer, a manager has none",
        "用户须有 --customer，管理员则没有",
    ),
    (
        "USB key {} is bound to {}; first: report-lost {} --reason replaced",
        "USB Key {0} 已绑定到 {1}；请先执行：report-lost {2} --reason replaced",
    ),
    ("your key is not bound", "您的 USB Key 未绑定"),
    ("{} does not wait", "{0} 不在待处理之列"),
    (
        "{} does not wait, or says something else now",
        "{0} 不在待处理之列，或其内容已改变",
    ),
    ("there is no such proposal", "没有该建议"),
    (
        "the bank does not say which account the money came from: ask it, and give --note",
        "银行未说明款项来自哪个账户：请询问银行，并使用 --note",
    ),
    (
        "the bank says who paid: leave --name out",
        "银行已说明付款人：请去掉 --name",
    ),
    (
        "the bank does not say who paid: give --name",
        "银行未说明付款人：请给出 --name",
    ),
    (
        "only money that came in is matched: give --note",
        "只有收到的款项可以匹配：请使用 --note",
    ),
    (
        "{} is left, and {} is open of bill {}",
        "剩余 {0}，而账单 {2} 未付 {1}",
    ),
    (
        "bill {} can get {}, not {}: of its amount and penalty no more is open, or the penalty does \
         not leave that much",
        "账单 {0} 可得 {1}，而非 {2}：其金额与违约金未付的不足此数，或扣除违约金后不足此数",
    ),
    (
        "{} of {} goes nowhere: name more bills, or a deposit for the rest",
        "{1} 中有 {0} 没有去向：请再指定账单，或为余额指定预存款",
    ),
    ("`{}` is no amount to match", "“{0}”不是可匹配的金额"),
    (
        "whoever signed a resolution cannot confirm it: another manager must",
        "签署处理的人不能确认它：须由另一位管理员确认",
    ),
    ("the resolution: {}", "该处理：{0}"),
    (
        "it is another one, or for another payment service",
        "是另一份，或属于另一支付服务",
    ),
    (
        "no manager who is bound signed it",
        "签署者不是已绑定的管理员",
    ),
    ("its signature is not good", "其签名无效"),
    (
        "--ca-env {}: NAME=VALUE is expected",
        "--ca-env {0}：应为 名称=值",
    ),
    (
        "a manager is bound: without --first, a manager signs",
        "已有管理员绑定：不加 --first，由管理员签署",
    ),
    (
        "no manager is bound yet: bind one with --first",
        "尚无管理员绑定：请用 --first 绑定一位",
    ),
    (
        "USB key {} was unbound or revoked; what was never comes back: issue it anew",
        "USB Key {0} 已解绑或吊销，无法恢复：请重新签发",
    ),
    (
        "--first binds a manager; USB key {} is a user's",
        "--first 用于绑定管理员；USB Key {0} 属于用户",
    ),
    ("the signature is not of these bytes", "签名不属于这些字节"),
    ("--id is not hexadecimal", "--id 不是十六进制"),
    ("--key-file or --token", "请给出 --key-file 或 --token"),
    ("the key is not that of the certificate", "密钥与证书不符"),
    (
        "--time-zone is no IANA name, such as Asia/Shanghai",
        "--time-zone 不是 IANA 名称，例如 Asia/Shanghai",
    ),
    (
        "--usage-point: the feed has {}",
        "--usage-point：该文件只有 {0} 个",
    ),
    (
        "the feed names no metering point: give --point",
        "文件未说明计量点：请给出 --point",
    ),
    (
        "the platform does not go on with the upload",
        "平台未继续接收上传",
    ),
    (
        "the platform acknowledges another file",
        "平台的回执属于另一文件",
    ),
    ("--token or --key-file", "请给出 --token 或 --key-file"),
    (
        "the platform's TLS key is in a file: --key-file",
        "平台的 TLS 密钥存于文件：请给出 --key-file",
    ),
    (
        "the platform reads its certificate from a file: --out",
        "平台从文件读取证书：请给出 --out",
    ),
    (
        "the platform's certificate needs its name: --dns-name",
        "平台证书须有名称：请给出 --dns-name",
    ),
    (
        "this key is made on a card: --token",
        "此密钥在加密卡上生成：请给出 --token",
    ),
    (
        "{}; --renew certifies the key that is there",
        "{0}；--renew 可为已有密钥签发证书",
    ),
    ("it cannot be read", "无法读取"),
    ("its number is {}", "其编号为 {0}"),
    ("it does not follow the step before it", "与前一步不衔接"),
    ("it is for {}", "它属于 {0}"),
    ("it is older than the step before it", "比前一步更早"),
    (
        "no manager who was bound then signed it, nor the issuing CA where it may",
        "签署者既不是当时已绑定的管理员，也不是获准签署的发证 CA",
    ),
    ("its {} certificate is not good", "其 {0} 证书无效"),
    (
        "its certificates do not name the USB key",
        "其证书未写明该 USB Key",
    ),
    (
        "one of its certificates was bound before",
        "其中一张证书此前已绑定",
    ),
    ("it unbinds what is not bound", "它解绑了并未绑定的密钥"),
    (
        "it is not the one that this desk saw before",
        "与本柜台此前所见不同",
    ),
    (
        "it is missing; this desk saw it before",
        "缺失；本柜台此前见过它",
    ),
];
