-- So many or fewer left is low; as the settings say where it is null.
alter table variants add column low_stock_at integer check (low_stock_at between 0 and 100000);
