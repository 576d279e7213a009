//! What goes wrong with USB keys, cards, PINs and on the way to the platform.

use super::Sentences;

pub(super) const SENTENCES: Sentences = &[
    ("the token refused the PIN", "令牌拒绝了该 PIN"),
    (
        "the token refused the security officer's PIN",
        "令牌拒绝了管理员 PIN",
    ),
    (
        "the PIN is locked; the issuing desk can unblock it",
        "PIN 已锁定；发证柜台可以解锁",
    ),
    (
        "the PIN is shorter or longer than the token allows",
        "PIN 的长度不在令牌允许的范围内",
    ),
    (
        "the token does not allow such a PIN",
        "令牌不允许这样的 PIN",
    ),
    ("the new PIN is not good enough", "新 PIN 不符合要求"),
    ("the token refused the PUK", "令牌拒绝了该 PUK"),
    (
        "the PKCS#11 module cannot unblock the PIN: {}",
        "PKCS#11 模块无法解锁 PIN：{0}",
    ),
    (
        "the PKCS#11 module cannot {} on this token",
        "PKCS#11 模块无法在此令牌上执行 {0}",
    ),
    (
        "the PIN has expired and must be changed first",
        "PIN 已过期，须先修改",
    ),
    ("the token's PIN has not been set", "令牌的 PIN 尚未设置"),
    (
        "the signature key wants the PIN again for each signature",
        "签名密钥要求每次签名都重新输入 PIN",
    ),
    (
        "no token found; plug it in and try again",
        "未找到令牌；请插入后重试",
    ),
    ("no token named {} found", "未找到名为 {0} 的令牌"),
    ("more than one token is named {}", "有多个名为 {0} 的令牌"),
    (
        "the token was removed; plug it in and unlock it again",
        "令牌已拔出；请插入并重新解锁",
    ),
    ("the token is unlocked already", "令牌已解锁"),
    (
        "the token is locked; unlock it first",
        "令牌未解锁；请先解锁",
    ),
    ("the token has no key {}", "令牌上没有密钥 {0}"),
    (
        "the token has a key {} already; destroy it first",
        "令牌上已有密钥 {0}；请先销毁",
    ),
    (
        "the token does not protect key {} as it must",
        "令牌未按要求保护密钥 {0}",
    ),
    ("the token has no certificate {}", "令牌上没有证书 {0}"),
    (
        "the token's certificate {} is not readable",
        "令牌的证书 {0} 无法读取",
    ),
    (
        "the card has no identifier of its own; give it one first (yubico-piv-tool -a set-chuid)",
        "卡没有自己的标识；请先写入（yubico-piv-tool -a set-chuid）",
    ),
    (
        "the card is not logged in again by itself, so that its PIN is not locked; look after the \
         card and start this program again",
        "为免锁定 PIN，不会自动重新登录加密卡；请检查加密卡后重新启动本程序",
    ),
    ("no certificate of our own was given", "未提供我方证书"),
    (
        "the certificate of {} is for another key than the given one",
        "{0} 的证书属于另一密钥",
    ),
    ("cannot read the PIN", "无法读取 PIN"),
    ("the PIN is longer than {} bytes", "PIN 超过 {0} 字节"),
    ("the PIN is not UTF-8", "PIN 不是 UTF-8"),
    ("not a point of P-256", "不是 P-256 上的点"),
    ("the label is longer than 32 bytes", "标签超过 32 字节"),
    ("all sessions of the card are busy", "加密卡的会话全部占用"),
    ("no PKCS#11 module at {}", "{0} 处没有 PKCS#11 模块"),
    (
        "{} does not work as a PKCS#11 module",
        "{0} 不能用作 PKCS#11 模块",
    ),
    (
        "the PKCS#11 module failed to {}",
        "PKCS#11 模块执行 {0} 失败",
    ),
    (
        "the PKCS#11 module's answer makes no sense: {}",
        "PKCS#11 模块的应答无法理解：{0}",
    ),
    (
        "the token has no pad of its own for the PIN; type it here",
        "令牌没有自带键盘；请在此输入",
    ),
    (
        "the PIN is typed on the token's own pad",
        "PIN 须在令牌自带的键盘上输入",
    ),
    (
        "the PKCS#11 module did not {} in time and was stopped",
        "PKCS#11 模块未能及时执行 {0}，已被终止",
    ),
    (
        "the PKCS#11 module crashed while it was to {}",
        "PKCS#11 模块在执行 {0} 时崩溃",
    ),
    (
        "cannot start the process for the PKCS#11 module",
        "无法启动 PKCS#11 模块的进程",
    ),
    (
        "the new PIN has fewer than {} characters",
        "新 PIN 少于 {0} 个字符",
    ),
    (
        "the new PIN has more than {} characters",
        "新 PIN 多于 {0} 个字符",
    ),
    (
        "the new PIN has characters other than letters, digits and signs of ASCII",
        "新 PIN 含有 ASCII 字母、数字和符号以外的字符",
    ),
    (
        "the new PIN has characters other than digits",
        "新 PIN 含有数字以外的字符",
    ),
    (
        "the new PIN has fewer than {} different characters",
        "新 PIN 的不同字符少于 {0} 个",
    ),
    (
        "the new PIN's characters follow each other",
        "新 PIN 的字符是连续的",
    ),
    (
        "the new PIN is a part of the serial number",
        "新 PIN 是序列号的一部分",
    ),
    (
        "the new PIN is the old one, or the PUK",
        "新 PIN 与旧 PIN 或 PUK 相同",
    ),
    ("{} cannot be reached", "无法连接 {0}"),
    ("{} did not answer within {}", "{0} 在 {1} 内没有应答"),
    ("{} is not a DNS name", "{0} 不是 DNS 名称"),
    (
        "the server's certificate is refused",
        "服务器的证书不被接受",
    ),
    (
        "the server's certificate is for {}, not for {}",
        "服务器的证书属于 {0}，而非 {1}",
    ),
    (
        "the server refused the connection: {}",
        "服务器拒绝了连接：{0}",
    ),
    ("our key did not sign", "我方密钥未能签名"),
    (
        "the server closed the connection within the handshake",
        "服务器在握手过程中关闭了连接",
    ),
    ("the TLS handshake failed", "TLS 握手失败"),
    ("HTTP cannot be started", "无法启动 HTTP"),
    ("the request was not sent", "请求未发出"),
    (
        "the server refused our certificate: {}",
        "服务器拒绝了我方证书：{0}",
    ),
    (
        "the connection broke before the answer",
        "连接在收到应答前中断",
    ),
    ("no answer within {}", "在 {0} 内没有应答"),
    ("the answer is larger than {} bytes", "应答超过 {0} 字节"),
];
