// Loaded into every process that the dev command starts, before its program. The dev command can die in ways that let it stop
// nobody; the channel between the two breaks in all of them, and then the process stops as if it had been told to.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listening must not keep a process alive that has nothing else to do.
process.channel?.unref();
