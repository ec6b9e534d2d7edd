SELECT 1 / (count(*) = 0)::int AS the_new_columns_are_gone
FROM information_schema.columns
WHERE table_name = 'customers' AND column_name IN ('street', 'city');
