# 支付指令文件、导出、CSV
help-common-csv = 将表格输出为 CSV，列名固定，见 README.md
help-orders = 支付指令文件：导入、预览、审批
help-orders-more =
    资金系统的文件分三步成为支付指令，最后一步之前不签署任何内容。

      wattkey orders import orders.csv     读取文件，逐行指出不正确之处
      wattkey orders preview               向服务端查询：账单、违约金、合计、支付指令
      wattkey orders approve               签署并发送与预览完全一致的内容

    付款方式、日期和附言相同的账单合为一笔支付指令、一次签名，最多 100 个账单，户号不限。
    USB Key 对每笔支付指令各要求输入一次 PIN。
help-orders-import = 读取并保存支付指令文件，无需 USB Key
help-orders-import-file = 文件，CSV 或 NDJSON，UTF-8
help-orders-import-more =
    CSV 的列，顺序不限（NDJSON 用相同名称，所有值均为文本）：
      bill       要缴的账单；此列与 account 二选一
      account    户号，金额按最早到期在前缴纳其账单
      amount     如 12369.69；账单金额不含违约金，留空为全部未缴金额；
                 户号金额含违约金
      currency   如 CNY；可省略，给出则核对
      reference  自定义附言，最多 35 个字符；给出金额时必填，用于识别重复的行。
                 附言会出现在回执、对账单和支付指令列表中。
      source     mandate、mandate:M-0001、transfer、deposit:C-0001；留空为 mandate
      execute    扣款日期，如 2026-12-01；留空为立即

    同一文件再次导入视为同一次导入。另一文件中附言相同且账单或户号相同的行不会重复缴纳。
    有不正确的行时退出码为 2，整个文件不生效。

    示例
      wattkey orders import orders.csv
help-orders-list = 列出已导入的文件，无需 USB Key
help-orders-preview = 显示文件的结果：支付指令、按户号和付款方式的合计
help-orders-preview-batch = 导入编号（否则为最近一次导入）
help-orders-preview-more =
    示例
      wattkey orders preview --csv > preview.csv
help-orders-approve = 签署并发送预览的内容
help-orders-approve-batch = 导入编号（否则为最近一次导入）
help-orders-approve-preview = 预览摘要不等于此值时拒绝
help-orders-approve-yes = 不再询问；只能与 --expect-total 和 --preview 同用
help-orders-approve-sign-pin-fd = 从该文件描述符读取 PIN，每笔支付指令一行
help-orders-approve-more =
    先重新生成全部支付指令；与预览有任何不同则不签署。
    中断后可继续：已签署的在指令日志中，不会再次签署。

    示例
      wattkey orders approve --expect-total 12369.69
help-export = 为其他程序导出列表
help-export-bills = 导出账单：未缴的或全部
help-export-bills-all = 全部账单，包括已缴的
help-export-bills-account = 仅该户号的账单
help-export-bills-lines = 账单的每个项目一行
help-export-bills-format = csv 或 ndjson（否则为 csv）
help-export-bills-to = 要写入的文件（否则为标准输出）
help-export-bills-force = 文件已存在时予以替换
help-export-bills-bom = 以字节顺序标记开头，供需要它识别 UTF-8 的电子表格使用
help-export-bills-more =
    金额在 CSV 中为小数，在 NDJSON 中为最小货币单位（分）的整数。CSV 中以公式符号
    开头的文本前加撇号。

    示例
      wattkey export bills --to bills.csv
      wattkey export bills --all --lines --format ndjson
help-export-payments = 导出支付指令：缴了什么、从何处、附言
help-export-payments-from = 仅该日及以后的支付指令
help-export-payments-lines = 支付指令的每个账单一行
help-export-payments-format = csv 或 ndjson（否则为 csv）
help-export-payments-to = 要写入的文件（否则为标准输出）
help-export-payments-force = 文件已存在时予以替换
help-export-payments-bom = 以字节顺序标记开头，供需要它识别 UTF-8 的电子表格使用
column-batch = 导入编号
column-execute = 日期
column-field = 字段
column-file = 文件
column-file-line = 行
column-imported = 导入时间
column-lines = 行数
column-orders = 支付指令数
column-penalty = 违约金
column-preview = 预览
column-principal = 电费本金
column-reference = 附言
column-source = 付款方式
column-wrong = 不正确之处
orders-imported = { $file } 已导入：{ $lines } 行。下一步：wattkey orders preview { $batch }
orders-imported-before = { $file } 曾于 { $at } 导入：{ $lines } 行。请查看：wattkey orders preview { $batch }
orders-nothing-left = 此文件没有需要缴纳的内容了。
orders-done-before = 此前已下达、不再缴纳的行：{ $lines }。
orders-previewed =
    文件 { $file }：
    共 { $orders } 笔支付指令，合计 { $total }：USB Key 对每笔支付指令各要求输入一次 PIN。
    预览 { $preview }
    下一步：wattkey orders approve { $batch }
orders-checking = 正在核对支付指令 { $n }/{ $of }……
orders-shown = 支付指令 { $n }/{ $of }：
orders-to-sign = 您即将签署 { $orders } 笔支付指令，合计 { $total }；USB Key 对每笔支付指令各要求输入一次 PIN。
orders-signing = 支付指令 { $n }/{ $of }，{ $total }：
orders-refused-before = 支付指令 { $order } 此前被拒绝；如需重新下达，请再次预览。
exported = 已将 { $rows } 行写入 { $file }。
batch-damaged-note = { $file } 无法读取，未予处理。
means-rest-not-signed = 其余支付指令未签署也未发送。
wrong-too-large = 文件超过 { $value }
wrong-too-many-lines = 文件超过 { $value } 行
wrong-no-lines = 文件中没有要缴纳的行
wrong-utf-16 = 文件为 UTF-16（“Unicode 文本”），请另存为 CSV UTF-8
wrong-gb18030 = 文件不是 UTF-8，似乎为 GB 18030 或 GBK，请另存为 CSV UTF-8
wrong-not-utf-8 = 文件不是 UTF-8，请另存为 CSV UTF-8
wrong-column = 没有名为“{ $value }”的列，见 wattkey orders import --help
wrong-column-twice = 此列出现两次
wrong-no-columns = 表头中既没有 bill 也没有 account
wrong-csv = 不是 CSV：{ $value }
wrong-fields = 此行字段数与表头不同（{ $value }）
wrong-json = 不是 JSON（第 { $value } 个字符）
wrong-bill-and-account = 只能给出账单或户号之一
wrong-neither = 须给出账单或户号
wrong-id = “{ $value }”不是这类编号
wrong-amount = “{ $value }”不是金额，应写作 12369.69
wrong-amount-needed = 给出户号时须给出金额
wrong-reference = 附言超过 35 个字符，或含有银行不支持的字符
wrong-reference-needed = 给出金额时须有附言，用于识别重复的行
wrong-currency = “{ $value }”不是币种
wrong-source = “{ $value }”不是 mandate、mandate:M-…、transfer 或 deposit:C-…
wrong-day = “{ $value }”不是日期，应写作 2026-12-01
wrong-day-without-mandate = 只有按代扣授权扣款才能指定日期
wrong-twice = 文件中前面已有（{ $value }）
wrong-no-bill = 贵单位没有账单 { $value }
wrong-no-account = 贵单位没有此币种的户号 { $value }
wrong-nothing-open = 该账单没有未缴金额 { $value }
wrong-account-nothing-open = { $value } 没有未缴金额
wrong-too-much = 未缴金额只有 { $value }（不含违约金）
wrong-too-much-for-account = 金额中有 { $value } 没有可缴的账单
wrong-named-elsewhere = 该户号的账单也出现在第 { $value } 行
wrong-other-currency = 与账单币种不同（{ $value }）
wrong-several-currencies = 一个文件只能有一个币种（{ $value }）
wrong-several-mandates = 有多个代扣授权，请指定：{ $value }
wrong-unknown-mandate = 没有代扣授权 { $value }
wrong-no-mandate = 没有 { $value } 的代扣授权
wrong-other-amount = 此附言曾以另一金额下达（支付指令 { $value }）
wrong-ordered-in-part = 此行仅部分下达（支付指令 { $value }），其余请另起一行并用其他附言
wrong-day-over = { $value } 已过
wrong-day-ahead = { $value } 不在服务端日期之后 1 至 90 天内
wrong-json-value = 有的值不是文本（第 { $value } 个字符）
err-order-file = 文件有 { $count } 处不正确，整个文件不生效。
rec-order-file = 请在文件中更正后重新导入。
err-no-batch = 没有这次导入。
rec-no-batch = 请查看：wattkey orders list
err-batch-busy = 本机有另一个程序正在处理支付指令文件。
rec-batch-busy = 请等它结束。
err-batch-damaged = { $file } 已损坏：无法从中得知这次导入已下达的内容。
rec-batch-damaged = 请保留该文件，并与 wattkey payments 对照。
err-no-preview = 导入 { $batch } 没有可签署的内容：没有预览，或已全部签署。
rec-no-preview = 请运行：wattkey orders preview { $batch }
err-preview-differs = 预览已不同：{ $preview }。未签署任何内容。
rec-preview-differs = 请重新查看：wattkey orders preview
err-preview-stale = 含账单 { $bill } 的支付指令与预览不再一致，未再签署任何内容。
rec-preview-stale = 请重新查看：wattkey orders preview { $batch }
err-preview-of-other = 该预览由另一用户生成。
rec-preview-of-other = 请自行生成：wattkey orders preview
err-usage-csv = 此命令没有表格，因此没有 CSV。
rec-usage-csv = 请去掉 --csv，或使用 --json。
