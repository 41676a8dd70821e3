import { leave, main } from "./cli.ts";

leave(await main(process.argv.slice(2)));
