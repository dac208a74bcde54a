-- The list of pictures that imports named by address: all of them, and those of one status, newest first.
create index image_fetches_list on image_fetches (created_at desc, id desc);
create index image_fetches_status on image_fetches (status, created_at desc, id desc);
