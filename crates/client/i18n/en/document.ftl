# Documents as PDF
help-bill-pdf = Write a bill as PDF, with its exact document inside
help-bill-pdf-bill = The bill
help-bill-pdf-reckon = Also show, line by line, what its tariff and its readings make
help-bill-pdf-to = File to write (otherwise bill-BILL.pdf)
help-bill-pdf-language = Language of the document: en or zh (otherwise that of the program)
help-bill-pdf-force = Replace the file when it exists
help-receipt-pdf = Verify the receipt of an order and write it as PDF, with the signed receipt inside
help-receipt-pdf-order = The order id
help-receipt-pdf-to = File to write (otherwise receipt-ORDER.pdf)
help-receipt-pdf-language = Language of the document: en or zh (otherwise that of the program)
help-receipt-pdf-force = Replace the file when it exists
help-receipt-verify-code = What a telephone reads from the code on paper: the receipt must be that one
help-statement-pdf = Write the statement as PDF to this file
help-statement-language = With --pdf: language of the document, en or zh (otherwise that of the program)
help-statement-force = With --pdf: replace the file when it exists
help-notices-pdf = Write a notice as PDF, with its exact bytes inside
help-notices-pdf-notice = The notice
help-notices-pdf-to = File to write (otherwise notice-NOTICE.pdf)
help-notices-pdf-language = Language of the document: en or zh (otherwise that of the program)
help-notices-pdf-force = Replace the file when it exists

document-written = The document is in { $file }.
document-missing = No font has these characters; they stand in it by their numbers: { $characters }
receipt-code-good = It is the receipt that the code on paper names.
line-receipt-code = Code of the receipt

err-document-pdf = The PDF cannot be made: { $cause }
rec-document-pdf = Please report it; what was to be shown can be had with --json.
err-receipt-pdf = No receipt can be taken out of { $file }: { $cause }
rec-receipt-pdf = Name a PDF of wattkey receipt pdf, or the receipt itself.
err-receipt-not-in-pdf = { $file } carries { $found } receipts, not one.
rec-receipt-not-in-pdf = Ask for the PDF as it was written: printing to a PDF loses what it carries, and so may encryption.
err-receipt-code = The code cannot be read: { $cause }
rec-receipt-code = Give it between quotation marks, exactly as it was scanned.
err-receipt-code-differs = The receipt is genuine, for order { $order }, but not the one that the code on paper names.
rec-receipt-code-differs = Do not rely on the paper; ask for the file that belongs to it.
