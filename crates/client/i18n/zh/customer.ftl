# 自有资料、权限、争议、通知
help-notices = 收到的通知；显示其一，或确认已阅
help-notices-show = 显示通知原文
help-notices-show-notice = 通知编号（见 wattkey notices）
help-notices-acknowledge = 用 USB Key 确认已阅通知
help-notices-acknowledge-notice = 通知编号（见 wattkey notices）
help-notices-acknowledge-yes = 不再询问
help-notices-acknowledge-more =
    仅表示已阅，不表示认可其内容。
help-disputes = 账单争议；提出或撤回
help-disputes-bill = 仅该账单的争议
help-disputes-more =
    供电公司答复之前，争议部分不计违约金，其余部分可以缴纳。

    示例
      wattkey disputes open B-202608-0001 --line 3 --amount 1200.00 --reason quantity --text "电表自 3 日起停走。"
help-disputes-show = 显示争议及答复
help-disputes-show-dispute = 争议编号（见 wattkey disputes）
help-disputes-open = 对账单中不应缴的部分提出争议
help-disputes-open-bill = 账单编号
help-disputes-open-line = 项目序号，从 1 起（否则为整个账单），见 wattkey bill show
help-disputes-open-amount = 不应缴的金额，如 1200.00
help-disputes-open-reason = quantity、price、meter、paid、not-ours 或 other
help-disputes-open-text = 理由说明
help-disputes-open-yes = 不再询问
help-disputes-withdraw = 撤回争议
help-disputes-withdraw-dispute = 争议编号（见 wattkey disputes）
help-disputes-withdraw-yes = 不再询问
help-profile = 联系人、通知地址、开票资料
help-profile-set = 修改；同类资料整体替换
help-profile-set-contacts = 替换全部联系人
help-profile-set-contacts-contacts = 联系人，如 "name=王芳;role=billing;phone=021 5555 0100;language=zh"
help-profile-set-contacts-none = 不留任何联系人
help-profile-set-contacts-yes = 不再询问
help-profile-set-contacts-more =
    联系人有 name、role（billing、technical、emergency）、phone 与 email 至少其一，
    以及 language（en、zh）。签署前先显示现有内容。
help-profile-set-notice-address = 设置通知地址
help-profile-set-notice-address-account = 该户号的（否则为没有单独地址的所有户号）
help-profile-set-notice-address-post = 邮寄地址
help-profile-set-notice-address-email = 电子邮箱
help-profile-set-notice-address-yes = 不再询问
help-profile-set-invoice-data = 设置开票资料
help-profile-set-invoice-data-title = 单位名称
help-profile-set-invoice-data-tax-number = 纳税人识别号
help-profile-set-invoice-data-address = 注册地址
help-profile-set-invoice-data-phone = 注册电话
help-profile-set-invoice-data-bank = 开户银行
help-profile-set-invoice-data-bank-account = 银行账号
help-profile-set-invoice-data-yes = 不再询问
help-rights = 哪个用户在哪个户号上有哪些权限
help-rights-set = 授予权限；由另一位有管理权限的用户批准
help-rights-set-user = 用户编号或姓名
help-rights-set-account = 户号
help-rights-set-rights = view、prepare、approve，以逗号分隔；none 隐藏该户号；own 收回授予的权限
help-rights-set-yes = 不再询问
help-rights-set-more =
    授予的权限在该户号上替代用户自身的权限，且不会超过它。

    示例
      wattkey rights set "Li Na" C-0001 view,prepare
help-changes = 自有资料的历史；批准或驳回权限变更
help-changes-show = 显示变更及其决定
help-changes-show-change = 变更编号（见 wattkey changes）
help-changes-approve = 批准他人签署的权限变更
help-changes-approve-change = 变更编号（见 wattkey changes）
help-changes-approve-yes = 不再询问
help-changes-refuse = 驳回权限变更
help-changes-refuse-change = 变更编号（见 wattkey changes）
help-changes-refuse-yes = 不再询问
column-at = 时间
column-bill-line = 项目
column-change = 变更
column-cut-off = 停电时间
column-dispute = 争议
column-given = 授予
column-kind = 类型
column-may = 权限
column-no-penalty-from = 免违约金起
column-no-penalty-until = 止
column-notice = 通知
column-read-by = 已阅
column-reason = 理由
column-served = 送达时间
column-until = 等待至
column-user-id = 用户
column-user-name = 姓名
column-version = 版本
column-what = 内容
label-dispute-step = 争议
label-dispute-line = 账单项目
label-dispute-amount = 不应缴金额
label-dispute-reason = 理由
label-dispute-text = 说明
label-dispute = 争议编号
label-change-kind = 变更内容
label-contact = 联系人
label-contact-role = 用途
label-phone = 电话
label-email = 电子邮箱
label-language = 语言
label-notice-account = 通知所属户号
label-post = 邮寄地址
label-invoice-title = 单位名称
label-tax-number = 纳税人识别号
label-invoice-address = 注册地址
label-bank = 开户银行
label-bank-account = 银行账号
label-rights-user = 用户
label-rights-account = 户号
label-given-right = 权限
label-replaces = 替代版本
label-change = 变更编号
label-change-digest = 变更摘要
label-notice = 通知
label-notice-digest = 通知摘要
value-nothing = 无
value-other-accounts = 没有单独地址的所有户号
dispute-opened = 提出
dispute-withdrawn = 撤回
dispute-line-all = 整个账单
dispute-reason-quantity = 电量
dispute-reason-price = 单价
dispute-reason-meter = 电表
dispute-reason-paid = 已缴
dispute-reason-not-ours = 非本单位
dispute-reason-other = 其他
dispute-state-open = 等待答复
dispute-state-withdrawn = 已撤回
dispute-state-answered = 已答复
dispute-state-answered-upheld = 已答复：支持
dispute-state-answered-partly = 已答复：部分支持
dispute-state-answered-rejected = 已答复：维持账单
dispute-outcome-upheld = 支持
dispute-outcome-partly = 部分支持
dispute-outcome-rejected = 维持账单
dispute-shown = 您即将签署以下争议：
dispute-taken = 争议已受理。
change-contacts = 联系人
change-notice-address = 通知地址
change-invoice-data = 开票资料
change-rights = 权限
change-state-waiting = 等待他人决定
change-state-done = 已生效
change-state-refused = 已驳回
change-state-lapsed = 已失效
change-before = 现有内容：
change-shown = 您即将签署以下变更：
change-taken = 变更已受理。
change-reviewed = 已签署的变更：
change-needs-second = 此变更须由另一位有管理权限的用户批准（wattkey changes approve）。
contact-role-billing = 账单与缴费
contact-role-technical = 供电与计量
contact-role-emergency = 紧急联系
language-en = 英文
language-zh = 中文
right-administer = 管理
right-hidden = 无：户号隐藏
right-own = 用户自身的权限
profile-contacts = 联系人（版本 { $version }）{ $since }
profile-notice-address = 通知地址（版本 { $version }）{ $since }
profile-invoice-data = 开票资料（版本 { $version }）{ $since }
notice-kind-demand = 催缴
notice-kind-cut-off = 停电通知
notice-kind-last-call = 停电前通知
notice-text-demand = { $customer }：户号 { $account } 的下列账单已逾期，请缴纳 { $total }。
notice-text-cut-off = { $customer }：户号 { $account } 的下列账单已逾期。如不缴纳 { $total }，将于 { $at } 停止供电。
notice-text-last-call = { $customer }：户号 { $account } 将于 { $at } 停止供电，除非在此之前缴纳 { $total }。
acknowledgement-shown = 您即将签署已阅此通知：
notice-acknowledged = 确认已受理。
line-disputed = 账单项目
line-lapses = 失效时间
line-no-penalty-from = 免违约金起
line-no-penalty-until = 免违约金止
line-withdrawn = 撤回时间
line-outcome = 结果
line-answer = 答复
line-read-by = 已阅
line-served = 送达时间
bill-state-cancelled = 已冲销
problem-right = 您无权执行此操作（{ $right }，{ $account }）
problem-changed = 期间已被修改（版本 { $version }）
problem-own-change = 签署变更的人或变更所涉权限的人不能作出决定
problem-dispute =
    { $reason ->
        [open] 该账单有争议尚未了结，须先答复或撤回
        [too-many] 该账单已提出过五十次争议，不能再提
        [answered-before] 已就同一项目以同一理由提出过争议，并已答复
        [amount] 争议金额不能超过账单未缴金额
        [line] 账单没有此序号的项目
        [line-amount] 争议金额不能超过该项目的金额
        [answered] 争议已答复，不能撤回
        [withdrawn] 争议已撤回
       *[other] 该账单不能提出争议，或争议不能撤回（{ $reason }）
    }
problem-cut-off = 法定期限不允许此时间（{ $reason }，{ $earliest }）
problem-range = 一次查询最多 { $days } 天
err-no-right = 服务端拒绝：{ $problem }
rec-no-right = 请联系管理权限的用户，见 wattkey rights
err-changed-between = 服务端未受理变更：{ $problem }
rec-changed-between = 请先查看现有内容（wattkey profile），再重复该命令。
err-dispute-refused = 服务端未受理：{ $problem }
rec-dispute-refused = 请查看该账单的争议：wattkey disputes --bill 账单编号
err-no-such-thing = 贵单位没有 { $word }。
rec-no-such-thing = 请查看：{ $list }
err-not-as-said = 服务端给出的内容不可信：{ $cause }
rec-not-as-said = 不要签署任何内容，并告知供电公司。
err-document-wrong = 无法签署：{ $cause }
rec-document-wrong = 请更正所指之处，见 --help。
err-no-line = 账单 { $bill } 没有第 { $line } 项。
rec-no-line = 请查看账单项目：wattkey bill show { $bill }
err-contact-lacks = 联系人“{ $word }”缺少：{ $part }
rec-contact-lacks = 应写作 "name=王芳;role=billing;phone=021 5555 0100;language=zh"，phone 与 email 可省略其一。
err-line-amount = 账单第 { $line } 项金额为 { $amount }，争议金额不能超过它，未签署任何内容。
rec-line-amount = 请降低争议金额，或去掉 --line 对整个账单提出争议。
err-tax-number = 纳税人识别号 { $number } 有误：按统一社会信用代码核对，校验码不符。
rec-tax-number = 请与营业执照核对。
err-nobody-approves = 没有人能批准此变更：除您和变更所涉用户外，没有有管理权限的用户。未作任何变更。
rec-nobody-approves = 请供电公司为另一位用户开通该权限。
err-contact = “{ $word }”不是联系人：{ $part }
rec-contact = 应写作 "name=王芳;role=billing;phone=021 5555 0100;language=zh"。
err-rights = “{ $word }”不是权限。
rec-rights = 应写作以逗号分隔的 view、prepare、approve，或 none，或 own。
err-no-user = 没有用户“{ $word }”，或有多个同名用户。
rec-no-user = 请使用用户编号，见 wattkey rights
column-dropped = 已取消
line-cut-off-dropped = 停电计划取消时间
