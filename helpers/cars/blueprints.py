"""The kinds of car, as proportions. Read one as a side view: s = 0 is the rear, s = 1 the front.

Lengths are metres; s is a fraction of the length, z a fraction of the height.
"""

from dataclasses import dataclass, field

Range = tuple[float, float]


@dataclass(frozen=True)
class Blueprint:
    """What all cars of a kind share; `shape.py` draws the rest at random."""

    length: Range
    half_width: Range
    height: Range
    top: tuple[tuple[float, float], ...]  # (s, z): boot or tail, roof, windscreen, bonnet
    windscreen: Range  # s of its upper and its lower edge
    windows: Range  # s of the rear and front ends of the side windows
    pillars: tuple[float, ...]  # s of the posts between the side windows
    doors: tuple[float, ...]  # s of the gaps between doors
    rear_window: Range | None = None  # s of its lower and upper edge; None: it is in the tail
    tail_lean: Range = (0.0, 0.0)  # metres that the roof's end stands before the bumper
    clearance: Range = (0.15, 0.21)
    wheel_radius: Range = (0.30, 0.345)
    axles: tuple[Range, Range] = ((0.17, 0.205), (0.805, 0.84))
    belt: Range = (0.625, 0.675)  # z of the lower edge of the windows
    rugged: float = 0.1  # how often the sills and arches are clad in black plastic
    rails: float = 0.0  # how often there are roof rails
    bed: Range | None = None  # s of a pickup's load bed
    panels: bool = field(default=False)  # a van's blind sides


SEDAN = ((0, .66), (.04, .70), (.15, .715), (.285, .94), (.39, .99), (.48, 1), (.585, .96),
         (.725, .675), (.86, .63), (.95, .57), (1, .51))
COUPE = ((0, .68), (.04, .715), (.10, .73), (.31, .955), (.42, 1), (.50, .99), (.56, .95),
         (.705, .675), (.86, .61), (.95, .54), (1, .47))
HATCHBACK = ((0, .90), (.08, .945), (.22, .98), (.38, 1), (.50, .995), (.575, .95), (.755, .67),
             (.88, .61), (.96, .54), (1, .49))
WAGON = ((0, .92), (.06, .95), (.2, .98), (.36, 1), (.48, .995), (.59, .95), (.73, .675),
         (.86, .63), (.95, .57), (1, .51))
SUV = ((0, .93), (.05, .955), (.2, .985), (.38, 1), (.5, .99), (.595, .955), (.725, .69),
       (.87, .655), (.955, .60), (1, .55))
BOXY = ((0, .96), (.03, .975), (.2, .99), (.4, 1), (.55, .995), (.645, .965), (.73, .69),
        (.88, .665), (.97, .63), (1, .59))
MINIVAN = ((0, .92), (.05, .955), (.25, .99), (.42, 1), (.55, .985), (.64, .94), (.83, .64),
           (.91, .57), (.97, .50), (1, .46))
PICKUP = ((0, .60), (.03, .615), (.345, .615), (.365, .90), (.40, .97), (.47, 1), (.53, .995),
          (.595, .955), (.70, .68), (.86, .66), (.965, .61), (1, .55))
CITY = ((0, .92), (.08, .955), (.25, .99), (.40, 1), (.52, .985), (.60, .94), (.79, .65),
        (.90, .59), (.97, .52), (1, .48))
FASTBACK = ((0, .69), (.03, .72), (.07, .735), (.20, .86), (.34, .96), (.45, 1), (.52, .99),
            (.585, .95), (.725, .67), (.86, .62), (.95, .56), (1, .50))
VAN = ((0, .965), (.03, .975), (.25, .995), (.5, 1), (.66, .985), (.735, .94), (.865, .60),
       (.93, .54), (.97, .49), (1, .45))

KINDS: dict[str, Blueprint] = {
    "sedan": Blueprint((4.4, 5.1), (.88, .96), (1.40, 1.51), SEDAN, (.585, .725), (.17, .68),
                       (.47,), (.30, .475, .685), rear_window=(.15, .285)),
    "coupe": Blueprint((4.1, 4.7), (.88, .97), (1.24, 1.40), COUPE, (.56, .705), (.15, .66),
                       (.36,), (.37, .68), rear_window=(.10, .30), clearance=(.12, .17)),
    "hatchback": Blueprint((3.8, 4.4), (.86, .92), (1.42, 1.55), HATCHBACK, (.575, .755),
                           (.09, .71), (.43,), (.27, .435, .70), tail_lean=(.30, .50)),
    "wagon": Blueprint((4.5, 5.0), (.88, .95), (1.42, 1.54), WAGON, (.59, .73), (.06, .69),
                       (.29, .475), (.31, .48, .69), tail_lean=(.25, .48), rails=.6, rugged=.2),
    "suv": Blueprint((4.2, 5.0), (.90, 1.02), (1.60, 1.85), SUV, (.595, .725), (.07, .69),
                     (.26, .465), (.29, .47, .69), tail_lean=(.15, .38), clearance=(.20, .28),
                     wheel_radius=(.35, .41), rugged=.5, rails=.5),
    "boxy": Blueprint((3.9, 4.7), (.86, .97), (1.62, 1.90), BOXY, (.645, .73), (.05, .69),
                      (.27, .49), (.29, .50, .70), tail_lean=(.02, .12), clearance=(.18, .28),
                      wheel_radius=(.33, .40), rugged=.4, rails=.3),
    "minivan": Blueprint((4.5, 5.2), (.91, 1.01), (1.68, 1.90), MINIVAN, (.64, .83), (.05, .77),
                         (.28, .52), (.30, .53, .75), tail_lean=(.10, .30), belt=(.58, .63),
                         axles=((.18, .21), (.80, .83)), rails=.2),
    "pickup": Blueprint((5.0, 5.7), (.94, 1.03), (1.70, 1.92), PICKUP, (.595, .70), (.385, .67),
                        (.53,), (.395, .535, .675), rear_window=(.35, .366),
                        clearance=(.24, .32), wheel_radius=(.36, .42), belt=(.615, .65),
                        rugged=.5, bed=(.03, .345)),
    "city": Blueprint((3.2, 3.8), (.78, .86), (1.44, 1.58), CITY, (.60, .79), (.09, .74),
                      (.42,), (.40, .73), tail_lean=(.12, .32), belt=(.60, .66),
                      wheel_radius=(.275, .31), axles=((.14, .17), (.825, .86))),
    "fastback": Blueprint((4.5, 5.0), (.89, .97), (1.38, 1.47), FASTBACK, (.585, .725),
                          (.12, .68), (.46,), (.29, .465, .685), rear_window=(.08, .33)),
    "van": Blueprint((4.6, 5.6), (.92, 1.03), (1.85, 2.15), VAN, (.735, .865), (.55, .81),
                     (.62,), (.30, .60, .79), tail_lean=(.02, .12), belt=(.55, .60),
                     axles=((.18, .21), (.80, .83)), panels=True, rugged=.4),
}
