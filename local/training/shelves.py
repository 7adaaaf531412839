"""What the invented shop sells: its shelves, one a line, and what its goods say of themselves.

    department > shelf | things it holds | attributes | highlights

An attribute is `name=value`; of values parted by `/` one is taken, `4-12 L` is a whole number in that range
and `0.4-1.8 kg` one with a decimal. A highlight beginning with `+` is a thing the product has, with `=` what it
is, with `>` what it does.

None of these shelves is one of the sample shop's (`local/sample`), which stays unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

_SHELVES = """
Garden > Watering Cans | Watering Can/Long-Spout Watering Can/Balcony Watering Can | Capacity=1-12 L; Material=Galvanised steel/Recycled plastic/Powder-coated iron; Weight=300-1900 g; Spout=Removable/Curved/Brass; Height=18-44 cm | +Removable rose; +Two handles; >Pours without drips; +Wide filling hole
Garden > Planters | Planter/Hanging Planter/Window Box/Clay Pot | Diameter=12-60 cm; Height=10-55 cm; Material=Terracotta/Fibre clay/Recycled plastic; Weight=0.4-9.5 kg; Drainage holes=1-8; Frost proof=Yes | +Drainage holes; =Frost proof; +Saucer; +Raised feet
Garden > Pruning Shears | Pruning Shears/Hedge Shears/Pocket Pruning Shears | Length=16-62 cm; Cutting diameter=8-32 mm; Blade=Carbon steel/Coated steel/Stainless steel; Weight=120-980 g; Warranty=2-10 years | +Safety catch; +Cork grips; >Opens with one hand; +Replaceable blade
Garden > Hoses | Garden Hose/Flat Garden Hose/Spiral Hose | Length=7-50 m; Diameter=9-25 mm; Pressure=8-30 bar; Weight=0.8-6.5 kg; Layers=3-7; Warranty=3-12 years | +Brass couplings; =Free of kinks; +Spray nozzle; >Rolls up flat
Garden > Gloves | Garden Gloves/Thorn Gloves/Rose Gloves | Material=Goatskin/Bamboo fibre/Nitrile; Sizes=S-XL/7-10/6-9; Length=23-46 cm; Colour=Moss green/Grey/Plum; Machine washable=30 °C/40 °C | +Long cuffs; +Padded palms; =Breathable; +Reinforced fingertips
Pets > Dog Beds | Dog Bed/Orthopaedic Dog Bed/Travel Dog Bed | Size=60 x 45 cm/80 x 60 cm/110 x 75 cm; Filling=Memory foam/Recycled polyester/Cotton flakes; Thickness=6-18 cm; Weight=0.9-4.8 kg; Cover=Corduroy/Canvas/Fleece; Machine washable=30 °C/40 °C | +Removable cover; +Non-slip base; +Raised rim; >Rolls up for travel
Pets > Cat Trees | Cat Tree/Cat Tower/Wall Cat Tree | Height=60-182 cm; Platforms=2-7; Post diameter=7-15 cm; Load=6-24 kg; Material=Sisal and plywood/Rattan/Beech and felt; Weight=3-29 kg | +Sisal posts; +Two hammocks; +Wall bracket; +Hiding cave
Pets > Feeding | Feeding Bowl/Slow Feeder/Automatic Feeder/Water Fountain | Capacity=0.4-4.2 L; Material=Stoneware/Bamboo melamine/Steel; Weight=180-2400 g; Noise=18-38 dB; Dishwasher safe=Yes; Meals per day=2-9 | +Rubber ring; +Timer for six meals; =Dishwasher safe; +Carbon filter
Pets > Leashes | Dog Leash/Rope Leash/Retractable Leash | Length=1.2-8.5 m; Width=9-32 mm; Load=15-80 kg; Material=Cotton rope/Nylon webbing/Leather; Colour=Sand/Ink blue/Red; Weight=90-420 g | +Swivel hook; +Reflective threads; +Padded handle; +Double clip
Baby > Strollers | Stroller/Travel Stroller/Twin Stroller | Weight=5.2-13.8 kg; Load=15-25 kg; Folded size=52 x 44 x 22 cm/70 x 48 x 30 cm; Wheels=3-6; Age=From birth/6 months and up; Warranty=2-5 years; UV protection=UPF 50/UPF 30 | >Folds with one hand; +Rain cover; +Cup holder; +Reclining seat
Baby > Night Lights | Night Light/Star Night Light/Portable Night Light | Brightness=8-95 lumens; Battery life=6-60 hours; Colours=2-9; Timer=15-90 minutes; Weight=90-420 g; Charging port=USB-C | +Soft silicone shell; >Turns off by itself; +Touch sensor; =Dimmable
Baby > Bibs | Bib Set/Long-Sleeved Bib/Silicone Bib | Material=Organic cotton/Silicone/Muslin; Pieces=2-8; Size=22 x 30 cm/28 x 36 cm; Machine washable=40 °C/60 °C; Age=3 months and up/6 months and up | +Snap fasteners; +Crumb pocket; =Machine washable; +Two sizes
Office > Desk Organisers | Desk Organiser/Letter Tray/Pen Holder | Material=Cherry wood/Cork/Powder-coated steel; Compartments=3-12; Size=24 x 14 x 9 cm/32 x 22 x 12 cm; Weight=210-1650 g; Colour=Natural/Graphite/White | +Phone slot; +Cork feet; +Small drawer; =Made without screws
Office > Fountain Pens | Fountain Pen/Pocket Fountain Pen/Brush Pen | Nib=Steel/Gold-plated steel/Iridium tip; Line width=0.4-1.1 mm; Length=10.5-14.8 cm; Weight=14-38 g; Material=Resin/Brass/Aluminium; Ink=Cartridge and converter/Cartridge | +Screw cap; +Spare cartridge; +Clip of spring steel; +Metal gift tin
Office > Chairs | Office Chair/Kneeling Chair/Drafting Chair | Load=100-160 kg; Seat height=42-72 cm; Weight=8-21 kg; Cover=Mesh/Wool blend/Felt; Armrests=Adjustable/Fixed/None; Warranty=3-10 years | +Lumbar support; +Mesh back; +Soft castors; =Adjustable in height
Office > Shredders | Paper Shredder/Desk Shredder | Sheets=5-18; Bin=9-32 L; Noise=52-68 dB; Power=140-480 W; Cut=Cross cut/Micro cut; Run time=4-40 minutes; Weight=3.1-12.6 kg | +Safety stop; +Pull-out bin; >Cuts cards too; +Window in the bin
Tools > Drills | Cordless Drill/Hammer Drill/Compact Drill | Voltage=12/18/20 V; Torque=25-90 Nm; Speeds=2-4; Weight=0.9-2.4 kg; Battery=1.5-5.5 Ah; Chuck=10-13 mm; Warranty=2-5 years | +Work light; +Keyless chuck; +Two batteries; +Belt clip
Tools > Measuring | Laser Measure/Tape Measure/Spirit Level | Range=3-80 m; Accuracy=1-3 mm; Length=3-60 m; Weight=80-620 g; Protection=IP54/IP65; Memory values=10-50 | +Magnetic end; +Backlit scale; =Dust resistant; +Wrist loop
Tools > Tool Boxes | Tool Box/Rolling Tool Box/Parts Case | Capacity=8-62 L; Load=8-60 kg; Compartments=5-24; Material=Impact-proof polymer/Steel; Weight=1.1-8.4 kg; Size=42 x 24 x 20 cm/58 x 36 x 30 cm | +Steel latches; +Removable tray; +Telescopic handle; +Lockable lid
Tools > Step Ladders | Step Ladder/Folding Step Stool/Loft Ladder | Steps=2-8; Load=120-180 kg; Height=45-240 cm; Weight=2.4-11.5 kg; Material=Aluminium/Beech/Steel; Folded depth=4-15 cm | >Folds flat; +Deep treads; +Tool tray; +Rubber feet
Bath > Shower Heads | Shower Head/Hand Shower/Rain Shower | Diameter=9-30 cm; Flow=5-12 L per minute; Spray modes=2-6; Material=Brass/ABS/Steel; Weight=120-1100 g; Hose length=1.2-2.2 m | +Silicone nozzles; +Swivel joint; >Saves water; +Stop button
Bath > Scales | Bathroom Scale/Body Scale/Glass Scale | Load=150-220 kg; Steps of=50/100 g; Size=28 x 28 cm/32 x 30 cm; Users=4-16; Weight=1.3-2.9 kg; Battery life=9-24 months | +Large digits; +Bluetooth; >Turns on at a step; +Tempered glass
Bath > Mats | Bath Mat/Stone Bath Mat/Wooden Bath Mat | Size=40 x 60 cm/50 x 80 cm/60 x 95 cm; Material=Organic cotton/Diatomite/Acacia; Thickness=8-34 mm; Weight=0.5-3.4 kg; Drying time=1-30 minutes | +Non-slip back; >Dries fast; +Deep pile; +Woven border
Furniture > Shelves | Bookshelf/Ladder Shelf/Wall Shelf | Height=30-205 cm; Width=40-140 cm; Depth=18-38 cm; Load=8-35 kg; Shelves=2-6; Material=Oak veneer/Ash/Bamboo; Weight=2.5-38.5 kg | +Hidden brackets; +Rounded edges; =Assembled without tools; +Open back
Furniture > Stools | Bar Stool/Piano Stool/Folding Stool | Seat height=42-78 cm; Load=90-160 kg; Weight=1.9-7.4 kg; Material=Beech/Walnut/Steel; Cover=Linen/Leather/Velvet; Colour=Mustard/Sage/Black | +Foot rest; +Swivel seat; >Stacks up to five; +Felt pads
Furniture > Mirrors | Wall Mirror/Standing Mirror/Folding Mirror | Height=30-180 cm; Width=20-90 cm; Frame=Brass/Ash/Black steel; Weight=0.9-14.6 kg; Glass thickness=3-6 mm; Brightness=200-900 lumens | +LED rim; +Shatter protection; >Stands or hangs; +Tilting stand
Baking > Tins | Cake Tin/Loaf Tin/Muffin Tray | Diameter=16-32 cm; Height=4-12 cm; Material=Carbon steel/Silicone/Enamel; Oven safe=220 °C/230 °C/250 °C; Weight=180-980 g; Cups=6-24 | +Loose base; +Non-stick coating; =Dishwasher safe; +Carrying lid
Baking > Mixers | Hand Mixer/Stand Mixer/Dough Mixer | Power=250-1500 W; Speeds=4-12; Bowl=3.2-7.2 L; Weight=0.9-9.8 kg; Noise=62-78 dB; Cable length=0.9-1.6 m; Warranty=2-5 years | +Dough hook; +Splash guard; +Pulse button; +Steel whisk
Baking > Scales | Kitchen Scale/Pocket Scale/Bowl Scale | Load=2-15 kg; Steps of=0.1/0.5/1 g; Size=15 x 20 cm/18 x 23 cm; Weight=180-920 g; Display=LED/LCD; Units=3-6 | +Tare button; +Glass plate; >Turns off after two minutes; =Rechargeable
Pantry > Olive Oil | Olive Oil/Lemon Olive Oil/Walnut Oil | Volume=250/500/750 ml; Acidity=0.2/0.3/0.4%; Origin=Crete/Puglia/Alentejo; Harvest=October/November; Taste=Grassy and peppery/Mild/Fruity; Shelf life=12-24 months | +Dark glass bottle; =Cold pressed; +Pouring spout; +Early harvest
Pantry > Honey | Forest Honey/Heather Honey/Creamed Honey | Net weight=250/500/750 g; Origin=Black Forest/Galicia/Tyrol; Taste=Malty/Mild/Floral; Shelf life=18-36 months; Jar=Glass/Clay | +Wooden dipper; =Unheated; +Swing-top jar; >Spreads easily
Pantry > Chocolate | Dark Chocolate/Milk Chocolate/Nut Chocolate | Net weight=70/80/100 g; Cocoa=38-85%; Origin=Ghana/Ecuador/Peru; Taste=Red berries/Caramel and malt/Roasted nuts; Shelf life=9-18 months; Pieces=10-24 | =Vegan; +Sea salt; +Whole hazelnuts; +Paper wrapper
Music > Ukuleles | Ukulele/Tenor Ukulele/Travel Ukulele | Length=53-68 cm; Frets=12-20; Body=Mahogany/Koa/Spruce; Strings=Nylon/Carbon; Weight=380-760 g; Warranty=2-3 years | +Padded bag; +Geared tuners; +Built-in pickup; +Arched back
Music > Keyboards | Stage Piano/Digital Piano/Mini Keyboard | Keys=25-88; Sounds=10-480; Weight=0.9-19.5 kg; Power=10-45 W; Speakers=2 x 6 W/2 x 12 W; Battery life=4-30 hours; Headphone jacks=1-2 | +Weighted keys; +Music rest; +Sustain pedal; +Recording function
Travel > Suitcases | Suitcase/Cabin Suitcase/Trolley Case | Volume=28-112 L; Weight=2.1-4.9 kg; Size=55 x 40 x 20 cm/66 x 45 x 27 cm/76 x 52 x 30 cm; Material=Polycarbonate/Recycled polyester/Aluminium; Wheels=2-8; Lock=TSA/Combination; Warranty=3-10 years | +Four double wheels; +Compression straps; +Laptop pocket; +Telescopic handle
Travel > Umbrellas | Umbrella/Folding Umbrella/Storm Umbrella | Diameter=92-132 cm; Folded length=18-92 cm; Weight=160-620 g; Ribs=6-16; Canopy=Pongee/Recycled polyester; Colour=Navy/Bottle green/Ochre | +Wooden handle; >Opens at a button; +Fibreglass ribs; +Sleeve with strap
Travel > Neck Pillows | Neck Pillow/Inflatable Neck Pillow | Filling=Memory foam/Microbeads/Air; Weight=90-480 g; Packed size=12 x 8 cm/18 x 12 cm; Cover=Jersey/Velour/Bamboo viscose; Machine washable=30 °C/40 °C | +Removable cover; +Chin support; +Snap strap; >Packs into its bag
Car > Dash Cams | Dash Cam/Twin Dash Cam/Mirror Dash Cam | Resolution=1920 x 1080/2560 x 1440/3840 x 2160; Viewing angle=120-170°; Display=1.5-4.3 inch; Storage=32/64/128 GB; Weight=42-190 g; Cable length=2-5 m | +Parking mode; +GPS; +Suction mount; +Night mode
Car > Tyre Inflators | Tyre Inflator/Mini Compressor/Foot Pump | Pressure=7-12 bar; Weight=0.4-2.6 kg; Battery=1500-7500 mAh; Hose length=35-120 cm; Noise=68-82 dB; Charging port=USB-C | +Digital gauge; +LED light; >Stops at the set pressure; +Four nozzles
Photo > Tripods | Tripod/Travel Tripod/Table Tripod | Height=18-178 cm; Folded length=16-62 cm; Load=1.5-14.5 kg; Weight=0.3-2.6 kg; Material=Carbon fibre/Aluminium; Sections=2-5 | +Ball head; +Quick release plate; +Rubber feet; +Hook for weights
Photo > Instant Cameras | Instant Camera/Pocket Camera/Film Camera | Weight=180-560 g; Film size=62 x 46 mm/86 x 54 mm; Aperture=F8/F11/F13; Battery=2 x AA/700 mAh; Colour=Mint/Cream/Black; Self-timer=2-10 seconds | +Built-in flash; +Selfie mirror; +Wrist strap; +Double exposure
Cleaning > Mops | Flat Mop/Spray Mop/Steam Mop | Tank=0.3-2.1 L; Power=1000-1600 W; Weight=0.8-3.2 kg; Cable length=4-8 m; Heat-up time=15-40 seconds; Pads=1-6 | +Swivel head; +Two microfibre pads; >Stands by itself; =Machine washable
Craft > Sewing Machines | Sewing Machine/Mini Sewing Machine/Overlock Machine | Stitches=8-120; Speed=650-1100 stitches per minute; Weight=1.2-9.6 kg; Power=40-90 W; Buttonholes=1-8; Warranty=2-10 years | +Needle threader; +Free arm; +Hard case; +LED light
Craft > Yarn | Merino Yarn/Cotton Yarn/Sock Yarn | Net weight=50/100/150 g; Length=80-420 m; Needle size=2.5-8.5 mm; Material=75% wool, 25% nylon/100% merino/100% cotton; Colour=Rust/Fog/Petrol; Machine washable=30 °C/40 °C | =Soft; +Hand-dyed colours; =Mulesing free; +Pattern on the label
Heating > Fans | Desk Fan/Tower Fan/Ceiling Fan | Power=15-60 W; Noise=22-54 dB; Speeds=3-12; Height=28-112 cm; Timer=1-12 hours; Weight=1.1-7.8 kg; Diameter=15-132 cm | +Remote control; +Swing mode; =Quiet; +Touch panel
Heating > Heaters | Ceramic Heater/Oil Radiator/Infrared Panel | Power=400-2500 W; Weight=1.4-12.5 kg; Cable length=1.2-2.5 m; Noise=20-46 dB; Timer=1-24 hours; For rooms up to=8-30 m² | +Tip-over switch; +Thermostat; +Castors; +Eco mode
Cycling > Pumps | Floor Pump/Mini Pump/Electric Pump | Pressure=6-16 bar; Length=14-68 cm; Weight=95-1850 g; Hose length=20-120 cm; Material=Aluminium/Steel; Valves=Presta and Schrader/Dunlop and Presta | +Analogue gauge; +Wide base; +Frame mount; +Folding handle
Cycling > Locks | Folding Lock/Chain Lock/U-Lock | Length=65-180 cm; Weight=0.6-3.4 kg; Material=Hardened steel/Manganese steel; Keys=2-5; Level=8-15; Warranty=2-10 years | +Frame holder; +Rubber coating; +Combination dial; +Keyhole cover
Jewellery > Earrings | Hoop Earrings/Stud Earrings/Drop Earrings | Material=Sterling silver/Gold-plated brass/Titanium; Diameter=6-48 mm; Weight=0.8-7.4 g; Stone=Moonstone/Onyx/Freshwater pearl; Finish=Polished/Brushed | +Butterfly backs; =Nickel free; +Linen pouch; +Hand-set stone
Stationery > Paints | Watercolour Set/Gouache Set/Acrylic Set | Colours=8-48; Volume=10-75 ml; Pieces=10-64; Weight=180-1400 g; Brushes=1-6; Box=Tin/Beech/Cardboard | +Mixing palette; +Water brush; =Vegan; +Colour chart
Camping > Hammocks | Hammock/Travel Hammock/Hanging Chair | Load=120-250 kg; Size=260 x 140 cm/300 x 200 cm; Weight=0.4-2.9 kg; Material=Ripstop nylon/Cotton canvas; Straps=2-4; Packed size=14 x 10 cm/24 x 14 cm | +Tree straps; +Mosquito net; >Dries fast; +Two carabiners
Camping > Coolers | Cool Box/Electric Cool Box/Soft Cooler | Volume=8-62 L; Weight=0.9-9.4 kg; Keeps cold=8-72 hours; Power=36-60 W; Load=100-130 kg; Material=Recycled polyester/Polypropylene | +Bottle opener; +Leakproof lining; +Shoulder strap; +Two cup holders
"""

# Every so many shelves one is kept out of training: the loss on them tells whether more than names was learnt.
_HELD_OUT = 7


@dataclass(frozen=True)
class Shelf:
    """A kind of product: its category, what things of it are called, and what they may say."""

    category: str
    things: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    highlights: tuple[str, ...]


def shelves(*, held_out: bool) -> list[Shelf]:
    """The shelves for training, or those kept out of it for validation."""
    table = [_shelf(line) for line in _SHELVES.strip().splitlines()]
    return [shelf for at, shelf in enumerate(table) if (at % _HELD_OUT == _HELD_OUT - 1) is held_out]


def _shelf(line: str) -> Shelf:
    category, things, attributes, highlights = (part.strip() for part in line.split(" | "))
    pairs = [part.strip().partition("=") for part in attributes.split(";")]
    return Shelf(
        category,
        tuple(things.split("/")),
        tuple((name, values) for name, _, values in pairs),
        tuple(part.strip() for part in highlights.split(";")),
    )
