/** What the demonstration shop sells. Prices in cents. */
export interface Product {
  readonly sku: string;
  readonly unitPrice: number;
}

/** Three lines of two of these stay below the limit for a fraud review. */
export const EVERYDAY_GOODS: readonly Product[] = [
  { sku: 'MUG-STONEWARE', unitPrice: 1_490 },
  { sku: 'TEA-ASSAM-250', unitPrice: 1_150 },
  { sku: 'COFFEE-YIRGACHEFFE-500', unitPrice: 1_890 },
  { sku: 'NOTEBOOK-A5-DOTTED', unitPrice: 1_650 },
  { sku: 'PEN-FOUNTAIN-M', unitPrice: 4_900 },
  { sku: 'LAMP-DESK-OAK', unitPrice: 12_900 },
  { sku: 'BLANKET-WOOL-GREY', unitPrice: 9_900 },
  { sku: 'SOCKS-MERINO-42', unitPrice: 1_790 },
  { sku: 'BACKPACK-CANVAS-20L', unitPrice: 11_500 },
  { sku: 'PAN-CAST-IRON-28', unitPrice: 6_400 },
];

/** One of these is above it. */
export const PRECIOUS_GOODS: readonly Product[] = [
  { sku: 'LAPTOP-14-32GB', unitPrice: 189_900 },
  { sku: 'CAMERA-FULL-FRAME', unitPrice: 249_900 },
  { sku: 'BICYCLE-TOURING-56', unitPrice: 159_900 },
  { sku: 'WATCH-AUTOMATIC', unitPrice: 119_500 },
];

/** The stub's stock service has none of it. */
export const SOLD_OUT_GOODS: readonly Product[] = [
  { sku: 'CONSOLE-SOLD-OUT', unitPrice: 49_900 },
  { sku: 'SNEAKERS-LIMITED-SOLD-OUT', unitPrice: 17_900 },
];

export const FIRST_NAMES = ['Ada', 'Björn', 'Chiara', 'Dorota', 'Elif', 'Fatou', 'Grace', 'Hugo', 'Ines', 'Jonas'];
export const LAST_NAMES = ['Almeida', 'Berg', 'Conti', 'Dubois', 'Eriksen', 'Fischer', 'García', 'Horvat', 'Ito'];
export const ADDRESSES = [
  { street: 'Lindenstraße 14', postcode: '10969', city: 'Berlin', country: 'DE', currency: 'EUR' },
  { street: 'Rua da Boavista 120', postcode: '1200-067', city: 'Lisboa', country: 'PT', currency: 'EUR' },
  { street: 'Storgatan 3', postcode: '903 26', city: 'Umeå', country: 'SE', currency: 'SEK' },
  { street: '22 Rue des Carmes', postcode: '44000', city: 'Nantes', country: 'FR', currency: 'EUR' },
  { street: '7 Castle Street', postcode: 'EH2 3AH', city: 'Edinburgh', country: 'GB', currency: 'GBP' },
] as const;

/** Parcels take a while to get there. */
export const FAR_ADDRESS = {
  street: '12 Commercial Street',
  postcode: 'ZE1 0LX',
  city: 'Lerwick',
  country: 'GB',
  currency: 'GBP',
} as const;
