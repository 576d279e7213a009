-- What is open: few of all bills. For the overview, and for the lists of what is to be paid.
CREATE INDEX bills_open ON bills (customer, issued DESC, id DESC, account, currency, due, open_minor)
    WHERE open_minor > 0;
-- Orders that may hold bills: few of all orders. In these words, for `IN` is dear to SQLite.
CREATE INDEX orders_live ON orders (customer)
    WHERE state = 'awaiting-approval' OR state = 'accepted' OR state = 'submitted';
-- A bill has few orders in its life: the other index finds the live ones among them.
DROP INDEX live_claims;

-- `bills.document` and `outbox.body` hold long ones packed (`store::packed`): what is to reach the
-- disk is what limits.

-- PostgreSQL checks a reference with a query for each row; of an order that took as long as writing
-- it. The engine looks all of these up in the transaction that writes them, nothing of what they
-- name is ever deleted, and `verify` looks through them all.
-- postgres: ALTER TABLE bills DROP CONSTRAINT bills_account_fkey;
-- postgres: ALTER TABLE bills DROP CONSTRAINT bills_customer_fkey;
-- postgres: ALTER TABLE payments DROP CONSTRAINT payments_bill_fkey;
-- postgres: ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;
-- postgres: ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;
-- postgres: ALTER TABLE orders DROP CONSTRAINT orders_mandate_fkey;
-- postgres: ALTER TABLE orders DROP CONSTRAINT orders_source_account_fkey;
-- postgres: ALTER TABLE orders DROP CONSTRAINT orders_deposit_account_fkey;
-- postgres: ALTER TABLE order_bills DROP CONSTRAINT order_bills_order_id_fkey;
-- postgres: ALTER TABLE order_bills DROP CONSTRAINT order_bills_bill_fkey;
-- postgres: ALTER TABLE order_events DROP CONSTRAINT order_events_order_id_fkey;
-- postgres: ALTER TABLE receipts DROP CONSTRAINT receipts_order_id_fkey;
-- postgres: ALTER TABLE outbox DROP CONSTRAINT outbox_order_id_fkey;
