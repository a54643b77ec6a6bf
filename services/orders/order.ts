import { z } from 'zod';

/** Orders above this are reviewed for fraud before the card is charged, in cents. */
export const FRAUD_REVIEW_ABOVE_CENTS = 100_000;

/** An order as the shop's checkout hands it over: the input of the payment workflow. */
export const orderSchema = z.object({
  orderId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  customerId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  items: z
    .array(
      z.object({
        sku: z.string().regex(/^[A-Z0-9-]{1,32}$/),
        quantity: z.int().min(1).max(999),
        /** Cents. */
        unitPrice: z.int().min(0).max(10_000_000),
      }),
    )
    .min(1)
    .max(50),
  /** The whole order, in cents. */
  amount: z.int().min(1).max(100_000_000),
  currency: z.enum(['EUR', 'GBP', 'SEK']),
  /** The card vault's token, never a card number. Ends with the card's last four digits. */
  card: z.string().regex(/^card_[a-z0-9]{8,32}_[0-9]{4}$/),
  shipTo: z.object({
    name: z.string().min(1).max(100),
    street: z.string().min(1).max(100),
    postcode: z.string().min(1).max(16),
    city: z.string().min(1).max(100),
    country: z.string().regex(/^[A-Z]{2}$/),
  }),
});
export type Order = z.infer<typeof orderSchema>;
