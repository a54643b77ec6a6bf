# Starts one order, with nothing of Conveyor but its contract:
#   pip install pika && python examples/start-event.py
import json
import os

import pika

EVENT = {
    "specversion": "1.0",
    "type": "conveyor.start",
    "source": "/web-shop",
    "id": "order-4711",
    "subject": "4711",
    "data": {
        "orderId": "4711",
        "customerId": "customer-17",
        "items": [{"sku": "MUG-BLUE", "quantity": 2, "unitPrice": 2495}],
        "amount": 4990,
        "currency": "EUR",
        "card": "card_9f3a1c20b7e4_4242",
        "shipTo": {
            "name": "Ada Byron",
            "street": "Hafenstrasse 7",
            "postcode": "20457",
            "city": "Hamburg",
            "country": "DE"
        }
    }
}

# Unless told otherwise, the broker that docker-compose.yml starts.
url = os.environ.get("AMQP_URL", "amqp://conveyor:for-local-use@localhost:5672")
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.confirm_delivery()  # basic_publish raises unless the broker has taken the event
channel.basic_publish(
    exchange="conveyor.start",
    routing_key="order-payment",
    mandatory=True,
    properties=pika.BasicProperties(content_type="application/cloudevents+json", delivery_mode=2),
    body=json.dumps(EVENT),
)
connection.close()
