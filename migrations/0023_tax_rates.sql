-- Rates of tax with four decimals of a per cent: Québec's is 9.975 %. The unit was a basis point, a hundredth of a per cent.
-- (Settings keep theirs as text in per cent from now on; a number there is in basis points still.)
alter table orders drop constraint orders_tax_rate_bp_check;
alter table orders rename column tax_rate_bp to tax_rate;
alter table orders alter column tax_rate type int using tax_rate * 100;
alter table orders add constraint orders_tax_rate_check check (tax_rate between 0 and 1000000);
comment on column orders.tax_rate is 'In ten-thousandths of a per cent.';
