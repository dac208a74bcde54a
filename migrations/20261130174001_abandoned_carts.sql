-- When it was told that a cart lies abandoned. It is told again once the cart was used after that.
alter table carts add column abandoned_at timestamptz;
