//! Carts and orders for tests: `shop.guest_with(&[(&hammer, 2)]).await`, `shop.placed(&visitor).await`.

use super::{TestProduct, TestShop};
use crate::actors::{System, Visitor};
use crate::address::AddressInput;
use crate::cart::{self, AddToCart};
use crate::checkout::{self, PlaceOrder, Placed};
use crate::id::{OrderId, VariantId};
use crate::lifecycle::KeptKey;
use crate::{Act, lifecycle, secret_token};

impl TestShop {
    /// A guest with these in the cart.
    pub async fn guest_with(&self, lines: &[(&TestProduct, i32)]) -> Visitor {
        let mut visitor = self.guest();
        for (product, quantity) in lines {
            visitor = self.with_in_cart(visitor, product.variant, *quantity).await;
        }
        visitor
    }

    /// The visitor after putting something in the cart: a guest may have a token now.
    pub async fn with_in_cart(&self, mut visitor: Visitor, variant: VariantId, quantity: i32) -> Visitor {
        let input = AddToCart {
            variant_id: variant.to_string().into(),
            quantity: quantity.to_string().into(),
            ..AddToCart::default()
        };
        let changed = cart::add(self, &visitor, input).await.expect("goes in the cart");
        visitor.cart_token = changed.new_token.or(visitor.cart_token);
        visitor
    }

    /// A checkout form that is filled in well, with a key of its own.
    pub fn order_form(&self) -> PlaceOrder {
        PlaceOrder {
            email: "ada@example.org".into(),
            shipping_address: self.address_form(),
            shipping_method: "standard".into(),
            idempotency_key: secret_token().into(),
            ..PlaceOrder::default()
        }
    }

    pub fn address_form(&self) -> AddressInput {
        AddressInput {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            line1: "12 St James's Square".into(),
            city: "London".into(),
            postal_code: "SW1Y 4JH".into(),
            country: "GB".into(),
            ..AddressInput::default()
        }
    }

    /// The visitor's cart, ordered.
    pub async fn placed(&self, visitor: &Visitor) -> Placed {
        checkout::place_order(self, visitor, self.order_form()).await.expect("is ordered")
    }

    /// A guest's order of one product.
    pub async fn order_of(&self, product: &TestProduct, quantity: i32) -> Placed {
        self.placed(&self.guest_with(&[(product, quantity)]).await).await
    }

    /// The secret of a guest's link to an order, by its number.
    pub async fn access_key(&self, number: &str) -> String {
        let (order, plain, sealed) = sqlx::query_as("select id, access_key, sealed_key from orders where number = $1")
            .bind(number)
            .fetch_one(&self.db)
            .await
            .expect("there is such an order");
        KeptKey { plain, sealed }.open(&self.encryption_keys, order).expect("opens")
    }

    /// The money for an order came in, as `settle` would write it. No gateway is asked.
    pub async fn take_money(&self, order: OrderId) -> lifecycle::Paid {
        let mut act = Act::begin(self, &System).await.expect("begins");
        lifecycle::lock(&mut act, order).await.expect("locks");
        sqlx::query(
            "update payments
             set status = 'succeeded', amount_captured = amount, settled_at = $2, updated_at = $2
             where order_id = $1 and status in ('created', 'pending', 'processing')",
        )
        .bind(order)
        .bind(act.now)
        .execute(&mut *act)
        .await
        .expect("records the payment");
        let paid = crate::payments::order_paid(&mut act, order).await.expect("is paid");
        act.commit(paid).await.expect("commits")
    }

    /// All the money of an order went back, as the payments would write it. No gateway is asked.
    pub async fn give_money_back(&self, order: OrderId) {
        let mut act = Act::begin(self, &System).await.expect("begins");
        lifecycle::lock(&mut act, order).await.expect("locks");
        sqlx::query(
            "insert into refunds
                (id, payment_id, order_id, idempotency_key, amount, currency, goods, shipping, tax, tax_included, status,
                 actor_type, actor_name, created_at, updated_at)
             select gen_random_uuid(), p.id, o.id, gen_random_uuid()::text, o.total, o.currency, o.subtotal - o.discount,
                    o.shipping, o.tax, o.tax_included, 'succeeded', 'system', 'System', $2, $2
             from payments p
             join orders o on o.id = p.order_id
             where o.id = $1 and p.status = 'succeeded' and p.amount_captured = o.total and p.amount_refunding = 0",
        )
        .bind(order)
        .bind(act.now)
        .execute(&mut *act)
        .await
        .expect("records the refund");
        let all_back: bool = sqlx::query_scalar("select payment_status = 'refunded' from orders where id = $1")
            .bind(order)
            .fetch_one(&mut *act)
            .await
            .expect("reads the order");
        if all_back {
            lifecycle::refunded(&mut act, order).await.expect("is refunded");
        }
        act.commit(()).await.expect("commits");
    }
}
