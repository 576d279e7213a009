# 账单与核算不同的原因，以及核算的前提：用于文件和程序
cause-missing = 账单缺少此项
cause-unexpected = 电价中没有此项
cause-quantity = 账单数量为 { $billed }
cause-price = 账单单价为 { $billed }
cause-multiplication = 数量乘单价与金额不符
cause-amount = 金额不同
assumed-split-by-days = { $point } 在变更日没有读数：{ $first } 至 { $last } 的电量按天数拆分。
assumed-rolled-over = { $point }：{ $register } 在 { $at } 前翻转。
assumed-deducted-by-shares = { $point } 的时段与上级电表不同：按上级电表的时段比例扣减。
assumed-no-power-factor = { $tariff } 没有有功电量：不计功率因数。
