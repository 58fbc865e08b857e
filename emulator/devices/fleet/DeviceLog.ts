/** What the devices log with; pino fulfils it. */
export interface DeviceLog {
  info(o: object, message: string): void;
  warn(o: object, message: string): void;
}
