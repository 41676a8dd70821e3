/**
 * What `pnpm start` runs: the getting-started example, and GPUs beside it. Real ones where libdcgm is installed; where it is
 * not, simulated ones, and then it says so.
 */
import { join } from "node:path";
import { leave, main } from "../packages/cli/src/cli.ts";
import { libraryVariant } from "../packages/receiver-dcgm/src/variant.ts";

const folder = "examples/getting-started";
const library = libraryVariant();
const gpus = library === "no-lib" ? "simulated-gpus.yaml" : "gpus.yaml";
process.stderr.write(
  library === "no-lib"
    ? "libdcgm is not installed here: the GPUs that you will see are simulated (tracecore.simulated=true on their resource)\n"
    : `reads the GPUs of this machine through ${library.replace("ffi:", "")}\n`,
);
const files = ["tracecore.yaml", gpus].flatMap((file) => ["--config", join(folder, file)]);
leave(await main(["collect", ...files, ...process.argv.slice(2)]));
