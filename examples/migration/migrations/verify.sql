-- Every customer has a city. Division by zero is how plain SQL fails.
SELECT 1 / (count(*) FILTER (WHERE city = '') = 0)::int AS every_customer_has_a_city FROM customers;
