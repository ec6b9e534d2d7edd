-- One address line becomes street and city.
ALTER TABLE customers ADD COLUMN street text, ADD COLUMN city text;
UPDATE customers SET street = trim(split_part(address, ',', 1)), city = trim(split_part(address, ',', 2));
