# Why a bill differs from its reckoning, and what that took for granted: in documents and programs
cause-missing = missing on the bill
cause-unexpected = not in the tariff
cause-quantity = the bill has the quantity { $billed }
cause-price = the bill has the price { $billed }
cause-multiplication = quantity × price is not the amount
cause-amount = another amount
assumed-split-by-days = { $point } was not read at the change: its energy between { $first } and { $last } is split by days.
assumed-rolled-over = { $point }: the register { $register } passed its last digit before { $at }.
assumed-deducted-by-shares = { $point } has other periods than the meter before it: it is deducted in that meter’s shares.
assumed-no-power-factor = No active energy under { $tariff }: no power factor.
