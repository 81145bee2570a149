SELECT '42' * 'Xfi'n':L FOR SELECT r;
