-- migrations: no-transaction
ALTER TABLE parts DETACH PARTITION parts_one CONCURRENTLY;
