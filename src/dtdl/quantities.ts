/**
 * Semantic types and their units: built into DTDL v2 ("Semantic types"), an extension in v3 (QuantitativeTypes v1).
 * Data of the language; extensions.ts makes co-types of it.
 */

/** Unit type → units of v2, and after the bar those that QuantitativeTypes v1 added. */
const UNITS: Readonly<Record<string, string>> = {
  AccelerationUnit: "centimetrePerSecondSquared gForce metrePerSecondSquared",
  AngleUnit: "degreeOfArc minuteOfArc radian secondOfArc turn",
  AngularAccelerationUnit: "radianPerSecondSquared",
  AngularVelocityUnit: "degreePerSecond radianPerSecond revolutionPerMinute revolutionPerSecond",
  ApparentEnergyUnit: "| gigavoltAmpereHour kilovoltAmpereHour megavoltAmpereHour voltAmpereHour",
  ApparentPowerUnit: "| gigavoltAmpere kilovoltAmpere megavoltAmpere millivoltAmpere voltAmpere",
  AreaUnit: "acre hectare squareCentimetre squareFoot squareInch squareKilometre squareMetre squareMillimetre",
  CapacitanceUnit: "farad microfarad millifarad nanofarad picofarad",
  ChargeUnit: "coulomb | ampereHour milliampereHour",
  CurrentUnit: "ampere microampere milliampere | kiloampere",
  DataRateUnit:
    "bitPerSecond bytePerSecond exbibitPerSecond exbibytePerSecond gibibitPerSecond gibibytePerSecond kibibitPerSecond kibibytePerSecond mebibitPerSecond mebibytePerSecond tebibitPerSecond tebibytePerSecond yobibitPerSecond yobibytePerSecond zebibitPerSecond zebibytePerSecond",
  DataSizeUnit:
    "bit byte exbibit exbibyte gibibit gibibyte kibibit kibibyte mebibit mebibyte tebibit tebibyte yobibit yobibyte zebibit zebibyte",
  DensityUnit: "gramPerCubicMetre kilogramPerCubicMetre | microgramPerCubicMetre milligramPerCubicMetre",
  EnergyUnit:
    "electronvolt gigajoule joule kilojoule kilowattHour megaelectronvolt megajoule | britishThermalUnit gigawattHour kiloBritishThermalUnit megawattHour milliwattHour terawattHour wattHour",
  ForceUnit: "newton ounce pound ton",
  FrequencyUnit: "gigahertz hertz kilohertz megahertz | millihertz",
  IlluminanceUnit: "footcandle lux",
  InductanceUnit: "henry microhenry millihenry",
  IonizingRadiationDoseUnit: "| gray microgray microsievert milligray millisievert sievert",
  IrradianceUnit: "| wattPerSquareMetre",
  LengthUnit: "astronomicalUnit centimetre foot inch kilometre metre micrometre mile millimetre nanometre nauticalMile",
  LuminanceUnit: "candelaPerSquareMetre",
  LuminousFluxUnit: "lumen",
  LuminousIntensityUnit: "candela",
  MagneticFluxUnit: "maxwell weber",
  MagneticInductionUnit: "tesla | gauss",
  MassFlowRateUnit: "gramPerHour gramPerSecond kilogramPerHour kilogramPerSecond | massPoundPerHour",
  MassUnit: "gram kilogram microgram milligram slug tonne | massPound",
  PowerUnit:
    "gigawatt horsepower kilowatt kilowattHourPerYear megawatt microwatt milliwatt watt | britishThermalUnitPerHour gigajoulePerHour joulePerHour joulePerSecond kiloBritishThermalUnitPerHour kilojoulePerHour kilojoulePerSecond megajoulePerHour tonOfRefrigeration",
  PressureUnit:
    "bar inchesOfMercury inchesOfWater kilopascal millibar millimetresOfMercury pascal poundPerSquareInch | decapascal hectopascal",
  RadioactivityUnit: "| becquerel gigabecquerel kilobecquerel megabecquerel",
  ReactiveEnergyUnit:
    "| gigavoltAmpereReactiveHour kilovoltAmpereReactiveHour megavoltAmpereReactiveHour voltAmpereReactiveHour",
  ReactivePowerUnit:
    "| gigavoltAmpereReactive kilovoltAmpereReactive megavoltAmpereReactive millivoltAmpereReactive voltAmpereReactive",
  ResistanceUnit: "kiloohm megaohm milliohm ohm",
  SoundPressureUnit: "bel decibel",
  TemperatureUnit: "degreeCelsius degreeFahrenheit kelvin",
  TimeUnit: "day hour microsecond millisecond minute nanosecond second year",
  TorqueUnit: "newtonMetre",
  Unitless: "percent unity | partsPerBillion partsPerMillion partsPerQuadrillion partsPerTrillion",
  VelocityUnit:
    "centimetrePerSecond kilometrePerHour kilometrePerSecond knot metrePerHour metrePerSecond milePerHour milePerSecond",
  VoltageUnit: "kilovolt megavolt microvolt millivolt volt",
  VolumeFlowRateUnit:
    "litrePerHour litrePerSecond millilitrePerHour millilitrePerSecond | cubicFootPerMinute cubicMetrePerHour cubicMetrePerMinute cubicMetrePerSecond gallonPerHour gallonPerMinute litrePerMinute millilitrePerMinute",
  VolumeUnit: "cubicCentimetre cubicFoot cubicInch cubicMetre fluidOunce gallon litre millilitre",
};

/** Semantic types whose unit type is not named after them. */
const TYPES_BY_UNIT: Readonly<Record<string, string>> = {
  AngleUnit: "Angle Latitude Longitude",
  ChargeUnit: "ElectricCharge",
  DensityUnit: "Density Humidity",
  ForceUnit: "Force Thrust",
  LengthUnit: "Distance Length",
  PowerUnit: "Luminosity Power | EnergyRate",
  TimeUnit: "TimeSpan",
  Unitless: "RelativeHumidity | Concentration RelativeDensity",
};

export interface Quantities {
  /** Unit type → its units. */
  units: ReadonlyMap<string, ReadonlySet<string>>;
  /** Semantic type → unit type. */
  types: ReadonlyMap<string, string>;
}

function words(text: string, added: boolean): string[] {
  const [old = "", more = ""] = text.split("|");
  return `${old} ${added ? more : ""}`.split(" ").filter((word) => word !== "");
}

function quantities(added: boolean): Quantities {
  const units = new Map<string, ReadonlySet<string>>();
  const types = new Map<string, string>();
  for (const [unitType, text] of Object.entries(UNITS)) {
    const names = words(text, added);
    if (names.length === 0) {
      continue;
    }
    units.set(unitType, new Set(names));
    for (const type of words(TYPES_BY_UNIT[unitType] ?? unitType.replace(/Unit$/, ""), added)) {
      types.set(type, unitType);
    }
  }
  return { units, types };
}

/** Of DTDL v2 itself. */
export const QUANTITIES_V2 = quantities(false);
/** Of the extension `dtmi:dtdl:extension:quantitativeTypes;1`. */
export const QUANTITIES_EXTENSION = quantities(true);
