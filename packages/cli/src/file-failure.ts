import { messageOf } from "@tracecore/core";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is a file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ETXTBSY: "it is running",
};

/** Why the file system refused, without the names of system calls. */
export function fileFailure(error: unknown): string {
  return reasons[(error as NodeJS.ErrnoException).code ?? ""] ?? messageOf(error);
}
