//! What the platform says to managers: of money that waits, of resolutions, of files, of cut-offs.

use super::Sentences;

pub(super) const SENTENCES: Sentences = &[
    // What waits.
    ("no order waits for this money", "没有等待此款项的指令"),
    ("the order is {}", "该指令{0}"),
    ("what is sent back is {}", "该退款{0}"),
    ("{} of return {}: {}", "退款 {1} 的{0}：{2}"),
    ("rejected", "被银行拒绝"),
    ("booked", "银行记账"),
    ("returned", "被退回"),
    ("credit", "入账"),
    ("fee", "手续费"),
    ("accepted", "已受理"),
    ("submitted", "已提交银行"),
    ("settled", "已结算"),
    ("cancelled", "已取消"),
    ("lapsed", "已过期"),
    ("awaiting-approval", "待审批"),
    ("refused", "被拒绝审批"),
    ("unknown-order", "没有该指令"),
    ("amount-mismatch", "金额不符"),
    ("wrong-direction", "收付方向不符"),
    ("contradiction", "与现状矛盾"),
    ("unpostable", "无法记账"),
    (
        "the bank refuses a second copy: {}",
        "银行拒收重复的报文：{0}",
    ),
    (
        "{} minor units between its balances are in no entry",
        "余额之间有 {0}（最小货币单位）没有对应分录",
    ),
    (
        "the bank's messages after {} and before this one did not come",
        "第 {0} 号之后、本报文之前的银行报文未收到",
    ),
    // Proposals.
    ("the payer names these bills", "付款人写明了这些账单"),
    (
        "the payer names contract account {}",
        "付款人写明了合同账户 {0}",
    ),
    (
        "the payer's account has a debit mandate",
        "付款账户有代扣授权",
    ),
    (
        "{}, and the amount is that of bill {}",
        "{0}，且金额等于账单 {1}",
    ),
    (
        "{}, and the amount is that of the oldest open bills",
        "{0}，且金额等于最早的几张未付账单",
    ),
    (
        "the amount is that of order {}, which was {}",
        "金额等于指令 {0}，该指令{1}",
    ),
    // Differences.
    ("no statement of this day came", "当日没有收到对账单"),
    (
        "{}; resolution {} by two managers",
        "{0}；已由两位管理员处理（{1}）",
    ),
    (
        "{} amounts cannot be read, or are of another currency",
        "有 {0} 个金额无法读取，或为其他币种",
    ),
    (
        "its balances are not what its entries come to: a page may be missing",
        "余额与分录合计不符：可能缺页",
    ),
    (
        "its balances are not what its entries come to",
        "余额与分录合计不符",
    ),
    (
        "a page with a balance is missing: what is in no entry cannot be seen",
        "缺少含余额的一页：无法看出没有分录的变动",
    ),
    (
        "it has no opening and closing balance: what is in no entry cannot be seen",
        "没有期初和期末余额：无法看出没有分录的变动",
    ),
    (
        "statements {} to {} did not come",
        "第 {0} 至 {1} 号对账单未收到",
    ),
    (
        "its opening balance is not the closing balance of the statement before",
        "期初余额与上一对账单的期末余额不符",
    ),
    (
        "the amount of an entry cannot be read",
        "有一笔分录的金额无法读取",
    ),
    ("it was not taken in", "未被接收"),
    (
        "another entry of the statement has the same key, and one was posted",
        "对账单中另有一笔分录键值相同，且已有一笔入账",
    ),
    (
        "it was notified as booked on this day and posted, and is not in the statement",
        "当日已通知记账并已入账，但不在对账单中",
    ),
    // Resolutions.
    ("there is no such item", "没有该事项"),
    ("the item is resolved, by {}", "该事项已处理（{0}）"),
    (
        "only money that came in is matched",
        "只有收到的款项可以匹配",
    ),
    (
        "only money that came in is sent back",
        "只有收到的款项可以退回",
    ),
    (
        "bills and deposit do not come to {}",
        "账单与预存款合计不等于 {0}",
    ),
    ("there is no bill {}", "没有账单 {0}"),
    ("bill {} is there twice", "账单 {0} 出现了两次"),
    ("bill {} is in {}", "账单 {0} 的币种是 {1}"),
    ("of bill {} only {} is open", "账单 {0} 仅有 {1} 未付"),
    (
        "the penalty of bill {} as of {} is {}",
        "账单 {0} 截至 {1} 的违约金为 {2}",
    ),
    ("there is no contract account {}", "没有合同账户 {0}"),
    ("the deposit of {} is in {}", "{0} 的预存款币种是 {1}"),
    (
        "the item is of no order that goes to the bank",
        "该事项不属于送交银行的指令",
    ),
    ("an order that is {} cannot be {}", "指令{0}，不能变为{1}"),
    (
        "the bank booked no money that came in",
        "银行没有记入任何收款",
    ),
    (
        "the bank took {}, which this does not explain",
        "银行扣取了 {0}，此处理无法解释",
    ),
    (
        "it is sent back to the account that it came from, and nowhere else",
        "只能退回至原付款账户，不能退往别处",
    ),
    (
        "it is sent back in the name of whoever paid it",
        "须以付款人的名义退回",
    ),
    ("no bank would send it: {}", "银行不会受理：{0}"),
    ("it cannot be posted", "无法记账"),
    (
        "it is not signed by the manager who asks",
        "签署者不是提出请求的管理员",
    ),
    ("the signer's certificate: {}", "签署者的证书：{0}"),
    (
        "the first signer's certificate: {}",
        "第一位签署者的证书：{0}",
    ),
    ("the signature is not good", "签名无效"),
    ("it is for another payment service", "属于另一支付服务"),
    ("it names another manager", "写明的是另一位管理员"),
    (
        "the manager who signed the resolution is no longer bound",
        "签署该处理的管理员已解绑",
    ),
    ("the resolution's signature is not good", "该处理的签名无效"),
    (
        "created is not within five minutes of the platform's clock",
        "签署时间与平台时钟相差超过五分钟",
    ),
    (
        "the item says something else than was signed",
        "该事项的内容与签署时不同",
    ),
    (
        "the id was used for another resolution",
        "该编号已用于另一处理",
    ),
    (
        "resolution {} of this item waits for a second manager",
        "该事项的处理 {0} 正等待第二位管理员",
    ),
    ("no such resolution", "没有该处理"),
    (
        "the resolution is another one than was read",
        "该处理与所读的不同",
    ),
    (
        "whoever signed the resolution cannot confirm it",
        "签署该处理的人不能确认它",
    ),
    ("it was confirmed before", "此前已确认"),
    ("it was refused before", "此前已拒绝"),
    // Files.
    (
        "{} files are staged already: finish or discard one",
        "已暂存 {0} 个文件：请先完成或丢弃一个",
    ),
    (
        "another file is staged under this number: discard it first",
        "该编号下已暂存另一文件：请先丢弃",
    ),
    ("cannot use {}", "无法使用 {0}"),
    ("chunk {} comes next", "接下来应为第 {0} 块"),
    (
        "the chunk has {} bytes, and must have {}",
        "该块有 {0} 字节，应为 {1} 字节",
    ),
    (
        "other bytes came in this chunk before: discard the file and hand it in again",
        "该块此前收到的内容不同：请丢弃该文件后重新提交",
    ),
    ("the file is being worked on", "该文件正在处理中"),
    // Disputes, notices, cut-offs.
    ("quantity", "电量"),
    ("price", "电价"),
    ("meter", "电表"),
    ("paid", "已付"),
    ("not-ours", "非本户"),
    ("other", "其他"),
    ("demand", "催缴通知"),
    ("cut-off", "停电通知"),
    ("last-call", "停电前最后通知"),
    ("the bill is paid or disputed", "账单已付或处于争议中"),
    (
        "nothing is overdue, or all of it is disputed",
        "没有逾期欠费，或全部处于争议中",
    ),
    (
        "the bill will have been overdue for long enough at {}",
        "账单至 {0} 方逾期满规定期限",
    ),
    ("the {} was not served", "{0}尚未送达"),
    ("the {} allows it from {} on", "{0}自 {1} 起方允许停电"),
    ("the day cannot be reckoned", "无法推算日期"),
    ("planned", "已有停电计划"),
    ("not-demanded", "尚未催缴"),
    ("early", "早于允许的时间"),
];
