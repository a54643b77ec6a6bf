// In the tiers with servers, tests that are written with conveyor/testing run on these servers.
process.env['CONVEYOR_TEST'] = 'real';
