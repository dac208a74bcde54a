//! The cart: whose it is, what goes in, what changes at sign-in.

use shop::accounts::{System, Visitor};
use shop::cart::{self, AddToCart, Notice, Problem, SetQuantity};
use shop::id::CartItemId;
use shop::testing::{self, TestShop, noon};
use shop::{Act, Clock, Error};
use std::sync::Arc;

fn quantity(n: i32) -> SetQuantity {
    SetQuantity { quantity: n.to_string().into() }
}

async fn add(shop: &TestShop, visitor: &Visitor, input: AddToCart) -> shop::Result<cart::Changed> {
    cart::add(shop, visitor, input).await
}

#[tokio::test]
async fn a_guest_gets_a_secret_with_the_first_thing() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(3).await;
        let input = || AddToCart { product_id: hammer.id.to_string().into(), ..AddToCart::default() };
        let first = add(shop, &shop.guest(), input()).await.unwrap();
        let guest = Visitor { cart_token: first.new_token, ..Visitor::default() };
        let second = add(shop, &guest, input()).await.unwrap();
        assert!(second.new_token.is_none());
        assert_eq!((second.cart.lines.len(), second.cart.pieces, second.cart.subtotal.minor), (1, 2, 37_00));
        assert_eq!(cart::count(shop, &guest).await.unwrap(), 2);
        // a token that we never gave is not taken over
        let planted = Visitor { cart_token: Some("x".repeat(64)), ..Visitor::default() };
        let answer = add(shop, &planted, input()).await.unwrap();
        assert!(answer.new_token.is_some_and(|t| Some(t) != planted.cart_token));
        assert!(cart::of(shop, &planted).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn quantities_are_capped_by_stock_and_said() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(3).await;
        let gone = shop.product("Gimlet").stock(0).await;
        let input = |n: i32| AddToCart {
            variant_id: hammer.variant.to_string().into(),
            quantity: n.to_string().into(),
            ..AddToCart::default()
        };
        let capped = add(shop, &shop.guest(), input(5)).await.unwrap();
        assert_eq!(capped.notices, [Notice::Capped { name: "Claw hammer".into(), wanted: 5, quantity: 3 }]);
        let guest = Visitor { cart_token: capped.new_token, ..Visitor::default() };
        let line = capped.cart.lines[0].id;
        assert_eq!(cart::set_quantity(shop, &guest, line, quantity(2)).await.unwrap().cart.pieces, 2);
        let more = cart::set_quantity(shop, &guest, line, quantity(9)).await.unwrap();
        assert_eq!((more.cart.pieces, more.notices.len()), (3, 1));
        let input = AddToCart { variant_id: gone.variant.to_string().into(), ..AddToCart::default() };
        assert_eq!(add(shop, &guest, input).await.unwrap_err().conflict_code(), Some("sold_out"));
        // somebody buys two meanwhile
        shop.order_of(&hammer, 2).await;
        let view = cart::of(shop, &guest).await.unwrap();
        assert_eq!((view.lines[0].problem, view.can_check_out), (Some(Problem::OnlyLeft { left: 1 }), false));
        assert!(cart::set_quantity(shop, &guest, line, quantity(0)).await.unwrap().cart.is_empty());
    })
    .await;
}

#[tokio::test]
async fn drafts_and_nonsense_do_not_go_in() {
    testing::shop(async |shop| {
        let draft = shop.product("Secret").draft().await;
        let many = shop.product("Screw").option("Size", &["3 mm", "4 mm"]).await;
        let by_variant = |id: String| AddToCart { variant_id: id.into(), ..AddToCart::default() };
        let guest = shop.guest();
        for id in [draft.variant.to_string(), "nonsense".into(), uuid::Uuid::now_v7().to_string()] {
            assert!(matches!(add(shop, &guest, by_variant(id)).await, Err(Error::NotFound)));
        }
        let by_product = AddToCart { product_id: many.id.to_string().into(), ..AddToCart::default() };
        assert!(matches!(add(shop, &guest, by_product).await, Err(Error::Invalid(_))));
        let quantity = |n: &str| AddToCart { quantity: n.into(), ..by_variant(many.variant.to_string()) };
        for n in ["0", "-1", "1.5", "10000", "many"] {
            assert!(matches!(add(shop, &guest, quantity(n)).await, Err(Error::Invalid(_))), "{n}");
        }
    })
    .await;
}

/// Fails when `mine` does not ask whose cart the line is in.
#[tokio::test]
async fn anothers_line_is_not_found() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").await;
        let ada = shop.visitor_of(&shop.customer("ada@example.org").await);
        shop.with_in_cart(ada.clone(), hammer.variant, 1).await;
        let line = cart::of(shop, &ada).await.unwrap().lines[0].id;
        let strangers = [
            shop.guest(),
            shop.guest_with(&[(&hammer, 1)]).await,
            shop.visitor_of(&shop.customer("eve@example.org").await),
        ];
        for stranger in &strangers {
            for line in [line, CartItemId::new()] {
                assert!(matches!(cart::set_quantity(shop, stranger, line, quantity(3)).await, Err(Error::NotFound)));
                assert!(matches!(cart::remove(shop, stranger, line).await, Err(Error::NotFound)));
                let accept = cart::accept_price(shop, stranger, line, Default::default()).await;
                assert!(matches!(accept, Err(Error::NotFound)));
            }
        }
        assert_eq!(cart::count(shop, &ada).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn sign_in_adds_quantities_and_says_so() {
    testing::shop(async |shop| {
        let (hammer, saw) = (shop.product("Claw hammer").stock(4).await, shop.product("Saw").stock(9).await);
        let customer = shop.customer("ada@example.org").await;
        let ada = shop.visitor_of(&customer);
        shop.with_in_cart(ada.clone(), hammer.variant, 3).await;
        let guest = shop.guest_with(&[(&hammer, 2), (&saw, 1)]).await;
        let token = guest.cart_token.clone().unwrap();
        let merge = async || {
            let mut act = Act::begin(shop, &System).await.unwrap();
            let notices = cart::merge_at_sign_in(&mut act, &token, customer.id()).await.unwrap();
            act.commit(notices).await.unwrap()
        };
        let notices = merge().await;
        assert_eq!(
            notices,
            [
                Notice::Capped { name: "Claw hammer".into(), wanted: 5, quantity: 4 },
                Notice::Added { name: "Saw".into(), quantity: 1 },
            ]
        );
        let view = cart::of(shop, &ada).await.unwrap();
        assert_eq!(view.lines.iter().map(|l| l.quantity).collect::<Vec<_>>(), [4, 1]);
        // once: the guest's cart is gone
        assert_eq!(merge().await, []);
        assert_eq!(cart::count(shop, &ada).await.unwrap(), 5);
        assert!(cart::of(shop, &guest).await.unwrap().is_empty());
    })
    .await;
}

/// Without the lock on the cart's row two of the twenty read the same quantity, and one is lost.
#[tokio::test]
async fn twenty_clicks_at_once_are_twenty_pieces_in_one_cart() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 5).await);
    let hammer = shop.product("Claw hammer").stock(50).await;
    let ada = shop.visitor_of(&shop.customer("ada@example.org").await);
    let clicks = (0..20).map(|_| {
        let (shop, ada, variant) = (shop.clone(), ada.clone(), hammer.variant.to_string());
        tokio::spawn(async move {
            cart::add(&shop, &ada, AddToCart { variant_id: variant.into(), ..AddToCart::default() }).await.map(drop)
        })
    });
    for click in futures::future::join_all(clicks).await {
        click.unwrap().unwrap();
    }
    let view = cart::of(&shop, &ada).await.unwrap();
    assert_eq!((view.lines.len(), view.pieces), (1, 20));
    Arc::into_inner(shop).unwrap().finish().await;
}

#[tokio::test]
async fn forgotten_carts_are_swept() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").await;
        let guest = shop.guest_with(&[(&hammer, 1)]).await;
        let ordered = shop.guest_with(&[(&hammer, 1)]).await;
        let placed = shop.placed(&ordered).await;
        shop.take_money(placed.order).await;
        shop.clock.advance(chrono::TimeDelta::days(29));
        let used = shop.guest_with(&[(&hammer, 1)]).await;
        shop.clock.advance(chrono::TimeDelta::days(2));
        assert_eq!(cart::sweep(shop).await.unwrap(), 1);
        assert!(cart::of(shop, &guest).await.unwrap().is_empty());
        assert_eq!(cart::count(shop, &used).await.unwrap(), 1);
    })
    .await;
}
