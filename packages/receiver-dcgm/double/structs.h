/* The part of libdcgm's interface that the receiver uses. abi-checks.h holds each layout to the table of the real headers. */
#ifndef DOUBLE_STRUCTS_H
#define DOUBLE_STRUCTS_H

#include <stddef.h>
#include <stdint.h>

typedef int dcgmReturn_t;
typedef uintptr_t dcgmHandle_t, dcgmGpuGrp_t, dcgmFieldGrp_t;

enum {
  ST_OK = 0, ST_BADPARAM = -1, ST_GENERIC_ERROR = -3, ST_NOT_CONFIGURED = -5, ST_NOT_SUPPORTED = -6, ST_UNINITIALIZED = -10,
  ST_TIMEOUT = -11, ST_VER_MISMATCH = -12, ST_NO_DATA = -14, ST_NOT_WATCHED = -16, ST_FUNCTION_NOT_FOUND = -20,
  ST_CONNECTION_NOT_VALID = -21, ST_MAX_LIMIT = -24, ST_DUPLICATE_KEY = -26, ST_INSUFFICIENT_SIZE = -31,
  ST_MODULE_NOT_LOADED = -33,
};
enum { FE_GPU = 1, FE_SWITCH = 3, FE_GPU_I = 4, FE_GPU_CI = 5, FE_LINK = 6, FE_CPU = 7, FE_CPU_CORE = 8 };

typedef struct { unsigned version, persistAfterDisconnect, timeoutMs, addressIsUnixSocket; } dcgmConnectV2Params_v2;
typedef struct {
  unsigned version;
  int opMode;
  dcgmHandle_t dcgmHandle;
  const char *logFile;
  int severity;
  unsigned denyListCount;
  const char *serviceAccount;
  unsigned denyList[10];
} dcgmStartEmbeddedV2Params_v2;
typedef struct { unsigned version; char rawBuildInfoString[512]; } dcgmVersionInfo_v2;
typedef struct { unsigned version, overallHealth; } dcgmHostengineHealth_v1;
typedef struct { int entityGroupId; unsigned entityId; } dcgmGroupEntityPair_t;

typedef union { int64_t i64; double dbl; char str[256]; char blob[4096]; } field_value;
typedef struct {
  unsigned version;
  unsigned short fieldId, fieldType;
  int status;
  int64_t ts;
  field_value value;
} dcgmFieldValue_v1;
typedef struct {
  unsigned version;
  int entityGroupId;
  unsigned entityId;
  unsigned short fieldId, fieldType;
  int status;
  unsigned unused;
  int64_t ts;
  field_value value;
} dcgmFieldValue_v2;

typedef struct {
  unsigned version;
  char brandName[256], deviceName[256], pciBusId[256], serial[256], uuid[256], vbios[256], inforomImageVersion[256];
  unsigned pciDeviceId, pciSubSystemId;
  char driverVersion[256];
  unsigned virtualizationMode;
} dcgmDeviceIdentifiers_v1;
typedef struct { unsigned version, persistenceModeEnabled, migModeEnabled, confidentialComputeMode; } dcgmDeviceSettings_v2;
typedef struct {
  unsigned version;
  unsigned clockSets[770];
  unsigned thermalSettings[3];
  unsigned powerLimits[6];
  dcgmDeviceIdentifiers_v1 identifiers;
  unsigned memoryUsage[5];
  dcgmDeviceSettings_v2 settings;
} dcgmDeviceAttributes_v3;

typedef struct {
  char gpuUuid[128];
  unsigned nvmlGpuIndex, nvmlInstanceId, nvmlComputeInstanceId, nvmlMigProfileId, nvmlProfileSlices;
} dcgmMigEntityInfo_t;
typedef struct { dcgmGroupEntityPair_t entity, parent; dcgmMigEntityInfo_t info; } dcgmMigHierarchyInfo_v2;
typedef struct { unsigned version, count; dcgmMigHierarchyInfo_v2 entityList[448]; } dcgmMigHierarchy_v2;

typedef struct { unsigned version; uint64_t bitmask[16]; } dcgmCpuHierarchyOwnedCores_v1;
typedef struct {
  unsigned version, numCpus;
  struct { unsigned cpuId; dcgmCpuHierarchyOwnedCores_v1 ownedCores; } cpus[8];
} dcgmCpuHierarchy_v1;
typedef struct {
  unsigned version, numCpus;
  struct { unsigned cpuId; dcgmCpuHierarchyOwnedCores_v1 ownedCores; char serial[256]; } cpus[8];
} dcgmCpuHierarchy_v2;

typedef struct { char msg[1024]; unsigned code; } dcgmDiagErrorDetail_t;
typedef struct { unsigned system, health; dcgmDiagErrorDetail_t error; dcgmGroupEntityPair_t entityInfo; } dcgmIncidentInfo_t;
typedef struct { unsigned version, overallHealth, incidentCount; dcgmIncidentInfo_t incidents[64]; } dcgmHealthResponse_v4;
typedef struct { unsigned version, overallHealth, incidentCount; dcgmIncidentInfo_t incidents[1024]; } dcgmHealthResponse_v5;

typedef struct { int id, status; } dcgmModuleGetStatusesModule_t;
typedef struct { unsigned version, numStatuses; dcgmModuleGetStatusesModule_t statuses[16]; } dcgmModuleGetStatuses_v1;
typedef struct { unsigned short majorId, minorId; unsigned numFieldIds; unsigned short fieldIds[64]; } dcgmProfMetricGroupInfo_v2;
typedef struct {
  unsigned version, unused, gpuId, numMetricGroups;
  dcgmProfMetricGroupInfo_v2 metricGroups[10];
} dcgmProfGetMetricGroups_v3;

typedef int (*entity_enumeration)(int entityGroupId, unsigned entityId, dcgmFieldValue_v1 *values, int numValues, void *userData);

#include "abi-checks.h"

#endif
