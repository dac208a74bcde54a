-- When an order was delivered: so many days later it is completed by itself.
alter table orders add column delivered_at timestamptz;

update orders o
set delivered_at = e.created_at
from order_events e
where e.order_id = o.id and e.to_status = 'delivered';

create index orders_delivered on orders (delivered_at, id) where status = 'delivered';
