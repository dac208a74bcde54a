-- A picture may show one value of an option, such as the colour red: it then shows every variant of that value, those that come
-- later, too. Options and values keep their rows as long as they are offered, whatever they are renamed to.
alter table product_images
    add column option_value_id uuid references product_option_values on delete set null,
    add constraint product_images_shows_one check (variant_id is null or option_value_id is null);
create index product_images_option_value on product_images (option_value_id) where option_value_id is not null;

alter table image_fetches add column option_value_id uuid references product_option_values on delete set null;
create index image_fetches_option_value on image_fetches (option_value_id) where option_value_id is not null;
