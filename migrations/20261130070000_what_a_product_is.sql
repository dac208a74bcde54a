-- What a product is, for customs and for feeds. Every column is empty or has a default, so that the program of before goes on
-- writing products. Nothing that is there has a value that could break the checks, so none of it is read.
alter table products
    add column country_of_origin text,
    add column gtin text,
    add column mpn text,
    add column condition text not null default 'new',
    add constraint products_country_of_origin_check check (country_of_origin ~ '^[A-Z]{2}$') not valid,
    add constraint products_gtin_check check (gtin ~ '^([0-9]{8}|[0-9]{12,14})$') not valid,
    add constraint products_mpn_check check (length(mpn) between 1 and 70) not valid,
    add constraint products_condition_check check (condition in ('new', 'refurbished', 'used')) not valid;
