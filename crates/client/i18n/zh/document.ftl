# PDF 文件
help-bill-pdf = 将账单写成 PDF，内附账单文件原件
help-bill-pdf-bill = 账单编号
help-bill-pdf-reckon = 同时逐项列出按电价和读数核算的结果
help-bill-pdf-to = 写入的文件（默认为 bill-账单编号.pdf）
help-bill-pdf-language = 文件语言：en 或 zh（默认与程序相同）
help-bill-pdf-force = 文件已存在时替换
help-receipt-pdf = 验证支付指令回执并写成 PDF，内附已签名的回执
help-receipt-pdf-order = 支付指令号
help-receipt-pdf-to = 写入的文件（默认为 receipt-支付指令号.pdf）
help-receipt-pdf-language = 文件语言：en 或 zh（默认与程序相同）
help-receipt-pdf-force = 文件已存在时替换
help-receipt-verify-code = 用手机扫描纸质回执码所得的内容：回执须与之相符
help-statement-pdf = 将对账单以 PDF 写入此文件
help-statement-language = 与 --pdf 同用：文件语言，en 或 zh（默认与程序相同）
help-statement-force = 与 --pdf 同用：文件已存在时替换
help-notices-pdf = 将通知写成 PDF，内附通知原件
help-notices-pdf-notice = 通知编号
help-notices-pdf-to = 写入的文件（默认为 notice-通知编号.pdf）
help-notices-pdf-language = 文件语言：en 或 zh（默认与程序相同）
help-notices-pdf-force = 文件已存在时替换

document-written = 文件已写入 { $file }。
document-missing = 字体缺少以下字符，文件中以编号代替：{ $characters }
receipt-code-good = 与纸质回执码所指的回执一致。
line-receipt-code = 回执码

err-document-pdf = 无法生成 PDF：{ $cause }
rec-document-pdf = 请反馈此问题；内容可用 --json 获取。
err-receipt-pdf = 无法从 { $file } 取出回执：{ $cause }
rec-receipt-pdf = 请指定 wattkey receipt pdf 生成的 PDF，或回执文件本身。
err-receipt-not-in-pdf = { $file } 内有 { $found } 份回执，应为一份。
rec-receipt-not-in-pdf = 请索取原始 PDF 文件：打印成 PDF 会丢失附件，加密也可能如此。
err-receipt-code = 无法识别回执码：{ $cause }
rec-receipt-code = 请用引号括起，与扫描结果完全一致。
err-receipt-code-differs = 回执真实有效，属于支付指令 { $order }，但不是纸质回执码所指的回执。
rec-receipt-code-differs = 请勿采信纸质回执；请索取与之对应的文件。
