//! What acts are about: the kinds of things that the audit log and keys of requests name.

words! {
    /// A kind of thing, in the audit log.
    pub enum Entity {
        /// Of a customer's address book; or the network from which too many tried to sign in.
        Address = "address" => "Address",
        ApiKey = "api_key" => "Api key",
        Cart = "cart" => "Cart",
        Category = "category" => "Category",
        /// Between a shopper and those who sell.
        Conversation = "conversation" => "Conversation",
        Import = "import" => "Import",
        Job = "job" => "Job",
        /// In a conversation.
        Message = "message" => "Message",
        Order = "order" => "Order",
        PaymentDifference = "payment_difference" => "Payment difference",
        Picture = "picture" => "Picture",
        Product = "product" => "Product",
        Role = "role" => "Role",
        Session = "session" => "Session",
        Settings = "settings" => "Settings",
        Shop = "shop" => "Shop",
        User = "user" => "User",
        Variant = "variant" => "Variant",
        /// Of a shopper who wants to be told of goods.
        Watch = "watch" => "Watch",
        Webhook = "webhook" => "Webhook",
    }
}
