// What an app's developer writes with the client that is made from the API's document. Only has to compile, and to run.
import createClient from "openapi-fetch";
import type { paths } from "./api";

/** Looks for a product, puts it in a guest's cart and reckons what it would cost. */
export async function firstCart(baseUrl: string) {
  const shop = createClient<paths>({ baseUrl });
  const found = await shop.GET("/api/products", { params: { query: { search: "plane", inStock: true, limit: 1 } } });
  if (found.error) throw new Error(found.error.message);
  const [product] = found.data.data;
  if (!product) throw new Error("Nothing was found");
  const detail = await shop.GET("/api/products/{product}", { params: { path: { product: product.slug } } });
  if (detail.error) throw new Error(`${detail.error.statusCode}: ${detail.error.details.map((fault) => fault.field).join()}`);
  const variant = detail.data.data.variants.find((variant) => variant.inStock);
  const added = await shop.POST("/api/cart/items", { body: { variantId: variant?.id, quantity: 1 } });
  if (added.error) throw new Error(added.error.message);
  const token = added.data.data.cartToken ?? undefined;
  const quote = await shop.GET("/api/cart/quote", { params: { query: { country: "GB" }, header: { "X-Cart-Token": token } } });
  if (quote.error) throw new Error(quote.error.message);
  return { product: product.name, price: product.price, lines: quote.data.data.cart.lines.length, total: quote.data.data.totals?.total };
}
