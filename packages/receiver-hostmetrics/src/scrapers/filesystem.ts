import { statfs } from "node:fs/promises";
import type { Clock } from "@tracecore/core";
import type { Scrapers } from "../config.ts";
import { linesOf, type HostFiles } from "../host-files.ts";
import { nameFilter } from "../matcher.ts";
import { parseMounts, type Mount } from "../mounts.ts";
import type { HostBatch, Scraper } from "../scrapers.ts";

const DEFAULT_TIMEOUT_MS = 5000;

export function filesystemScraper(files: HostFiles, clock: Clock, config: Scrapers["filesystem"]): Scraper {
  const timeoutMs = config?.timeout ?? DEFAULT_TIMEOUT_MS;
  const wantedMount = nameFilter("mount_points", config?.include_mount_points, config?.exclude_mount_points);
  const wantedType = nameFilter("fs_types", config?.include_fs_types, config?.exclude_fs_types);
  const includeVirtual = config?.include_virtual_filesystems ?? false;
  /** Mount points whose answer is still awaited: a dead NFS server must not use up the thread pool. */
  const stuck = new Set<string>();

  return {
    async read(batch, { fail }) {
      const virtual = includeVirtual ? new Set<string>() : virtualTypes(files);
      const mounts = parseMounts(mountInfo(files)).filter(
        ({ mountPoint, type }) => !virtual.has(type) && wantedType(type) && wantedMount(mountPoint),
      );
      await Promise.all(
        mounts.map(async (mount) => {
          if (stuck.has(mount.mountPoint)) return;
          const answered = new AbortController();
          stuck.add(mount.mountPoint);
          const asking = statfs(files.path(mount.mountPoint), { bigint: true }).finally(() => {
            stuck.delete(mount.mountPoint);
            answered.abort();
          });
          const late = clock.sleep(timeoutMs, answered.signal).then(() => undefined);
          try {
            const stats = await Promise.race([asking, late.then(() => (answered.signal.aborted ? asking : undefined))]);
            if (stats === undefined) {
              asking.catch(() => {}); // Reported now as late; what it says later is not of interest.
              throw new Error(`the file system at ${mount.mountPoint} did not answer within ${timeoutMs} ms`);
            }
            addFilesystem(batch, mount, stats);
          } catch (error) {
            fail(error); // The other file systems still count.
          }
        }),
      );
    },
  };
}

interface Stats {
  readonly bsize: bigint;
  readonly blocks: bigint;
  readonly bfree: bigint;
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
}

function addFilesystem(batch: HostBatch, { device, mountPoint, type, mode }: Mount, stats: Stats): void {
  if (stats.blocks === 0n) return; // Not a store: autofs and the like.
  const attributes = {
    "system.device": device,
    "system.filesystem.mountpoint": mountPoint,
    "system.filesystem.type": type,
    "system.filesystem.mode": mode,
  };
  const { bsize, blocks, bfree, bavail } = stats;
  const space = { used: blocks - bfree, free: bavail, reserved: bfree - bavail };
  for (const [state, count] of Object.entries(space)) {
    batch.add("system.filesystem.usage", count * bsize, { ...attributes, "system.filesystem.state": state });
  }
  batch.add("system.filesystem.limit", blocks * bsize, attributes);
  if (stats.files === 0n) return; // Some file systems have no fixed number of inodes.
  const inodes = { used: stats.files - stats.ffree, free: stats.ffree };
  for (const [state, count] of Object.entries(inodes)) {
    batch.add("system.filesystem.inodes.usage", count, { ...attributes, "system.filesystem.state": state });
  }
}

/** The mounts of process 1, which are those of the host; without rights on it, those of the collector. */
function mountInfo(files: HostFiles): string {
  try {
    return files.proc("1/mountinfo");
  } catch {
    return files.proc("self/mountinfo");
  }
}

/** The types that need no device (`nodev` in /proc/filesystems); network file systems are stores all the same. */
function virtualTypes(files: HostFiles): Set<string> {
  const network = /^(nfs|cifs|smb|ceph|lustre|gpfs|beegfs|fuse\.(juicefs|s3fs|sshfs|glusterfs)|9p|virtiofs|zfs|btrfs)/;
  const types = linesOf(files.proc("filesystems")).flatMap((line) =>
    line.startsWith("nodev\t") ? [line.slice(6)] : [],
  );
  return new Set([...types, "overlay", "squashfs"].filter((type) => !network.test(type)));
}
